"""Real proxies before a gateway, each run on the configuration written for it."""

import asyncio
import contextlib
import importlib.util
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from gatelodge.gateway.offload import caddy, envoy, nginx, traefik
from gatelodge.gateway.offload.front import Front
from tests.programs import absent
from tests.raw_http import talk

START_SECONDS = 30
_NGINX = """\
daemon off;
pid {folder}/pid;
worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/gatelodge.conf;
}}
"""


def _nginx(front: Front, folder: Path) -> Sequence[str]:
    (folder / "gatelodge.conf").write_text(nginx.configuration(front), encoding="utf-8")
    main = folder / "nginx.conf"
    main.write_text(_NGINX.format(folder=folder), encoding="utf-8")
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        absent("nginx")
    return (program, "-c", str(main), "-e", "stderr")


def _caddy(front: Front, folder: Path) -> Sequence[str]:
    file = folder / "Caddyfile"
    own = "{\n    admin off\n    auto_https off\n}\n"
    file.write_text(own + caddy.configuration(front), encoding="utf-8")
    program = shutil.which("caddy")
    if program is None:
        absent("caddy")
    return (program, "run", "--adapter", "caddyfile", "--config", str(file))


def _envoy(front: Front, folder: Path) -> Sequence[str]:
    file = folder / "envoy.yaml"
    file.write_text(envoy.configuration(front), encoding="utf-8")
    found = importlib.util.find_spec("envoy")
    folders = found.submodule_search_locations if found else None
    if not folders:
        absent("envoy")
    program = Path(folders[0], "_bin", "envoy")
    return (str(program), "-c", str(file), "--disable-hot-restart", "--log-level", "warn")


def _traefik(front: Front, folder: Path) -> Sequence[str]:
    file = folder / "gatelodge.yaml"
    file.write_text(traefik.configuration(front), encoding="utf-8")
    return (
        "traefik",
        f"--entryPoints.web.address=127.0.0.1:{front.port}",
        f"--providers.file.filename={file}",
        "--providers.file.watch=false",
        "--global.checkNewVersion=false",
        "--global.sendAnonymousUsage=false",
    )


PROXIES: dict[str, Callable[[Front, Path], Sequence[str]]] = {
    "nginx": _nginx,
    "envoy": _envoy,
    "caddy": _caddy,
}
if shutil.which("traefik"):
    # No package that may be installed here has it: it runs for those who have it themselves.
    PROXIES["traefik"] = _traefik


@contextlib.asynccontextmanager
async def proxied(name: str, front: Front, folder: Path) -> AsyncIterator[Path]:
    """Run a proxy until the block ends; yields the file with what it has printed."""
    printed = folder / "printed"
    command = PROXIES[name](front, folder)
    with printed.open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=sink, stderr=sink
        )
    try:
        await _answers(front, process, printed)
        yield printed
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(front: Front, process: asyncio.subprocess.Process, printed: Path) -> None:
    """Wait for an answer of the gateway's: Traefik takes calls before it knows where they go."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            assert process.returncode is None, await asyncio.to_thread(printed.read_text)
            with contextlib.suppress(OSError):
                asked = f"GET / HTTP/1.1\r\nHost: {front.host}\r\nConnection: close\r\n\r\n"
                answer = await talk(f"http://127.0.0.1:{front.port}", asked.encode())
                if b"\nx-request-id:" in answer.lower():
                    return
            await asyncio.sleep(0.02)
