"""No secret is written anywhere in plain text (lines 36, 37, 71, 75)."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import msgspec
import pytest

from gatelodge.oauth import opaque
from tests import serving
from tests.flows.signing_in import PASSWORD, authorize, by_password, redeem, refresh
from tests.security import answers, leaks
from tests.security.attacking import API, DEMO, bearer, own_application
from tests.serving import Server


async def live_a_life(server: Server, http: httpx2.AsyncClient) -> tuple[set[str], list[str]]:
    """Use everything, well and badly; return the secrets that passed, and all bodies of errors."""
    redirect_uri = f"{server.base_url}/callback-demo"
    attacker = await own_application(http, "Leaks")
    code = (await authorize(http, redirect_uri))["code"]
    first = (await redeem(http, code, redirect_uri)).json()
    second = (await refresh(http, first["refresh_token"])).json()
    third = (await by_password(http, scope="openid")).json()
    tokens = {each[name] for each in (first, second, third) for name in _NAMES if name in each}
    secrets = tokens | {code, attacker.consumer_secret, PASSWORD, "demo-developer-password"}
    secrets |= {cookie.value for cookie in http.cookies.jar if cookie.value is not None}
    guess = "a-guess-that-is-nearly-right-0123"
    wrong = [
        await redeem(http, code, redirect_uri),
        await redeem(http, attacker.consumer_secret, redirect_uri),
        await refresh(http, third["access_token"]),
        await by_password(http, password=guess),
        await http.post("/token", data={"grant_type": code}, auth=attacker.credentials),
        await http.post("/token", data={"client_id": attacker.consumer_secret}),
        await http.post("/token", json={"password": guess}),
        await http.get(API, headers={"Authorization": f"Basic {third['access_token']}"}),
        await http.get(API, headers=bearer(third["access_token"] + "x")),
        await http.get(API, params={"access_token": third["access_token"]}),
        await http.get("/userinfo", headers=bearer(first["access_token"])),
        await http.get("/authorize", params={"client_id": attacker.consumer_secret}),
        await http.post("/introspect", data={"token": third["refresh_token"] + "x"}, auth=DEMO),
        await http.post("/revoke", data={"token": third["refresh_token"]}, auth=DEMO),
    ]
    return secrets | {guess}, [answer.text for answer in wrong]


_NAMES = ("access_token", "refresh_token", "id_token")


@pytest.mark.slow
async def test_a_whole_story_leaves_no_secret_behind(tmp_path: Path) -> None:
    """Output, every file of the data directory (WAL included) and errors hold digests only."""
    async with (
        serving.serving(tmp_path / "data", "--demo") as server,
        httpx2.AsyncClient(base_url=server.base_url, timeout=30) as http,
    ):
        secrets, bodies = await live_a_life(server, http)
        written = leaks.written(server)
        assert any(name.endswith("-wal") for name in written)
        await server.kill()
    answers = {f"answer {n}": body.encode() for n, body in enumerate(bodies)}
    public = {PASSWORD, "demo-developer-password"}  # The demo prints them.
    assert not leaks.leaks(leaks.written(server) | answers, secrets - public)
    del written[str(server.output)]
    assert not leaks.leaks(written | answers, secrets)


@pytest.mark.parametrize("spell", [str.encode, lambda text: text.encode().hex().encode()])
def test_a_leak_would_be_found(spell: Callable[[str], bytes]) -> None:
    """What is planted is found, by its looks or because it is searched for in another spelling."""
    secret = opaque.write(opaque.REFRESH_TOKEN, 7, b"s" * 32)
    planted = {"file": b"before " + spell(secret) + b" after"}
    assert ("file", secret) in leaks.leaks(planted, {secret})
    assert bool(leaks.leaks(planted)) is (spell is str.encode)
    assert not leaks.leaks({"file": secret[:-1].encode()})
    random_part = {"file": b"s" * 32}
    assert leaks.leaks(random_part, {secret})


class Wrote(msgspec.Struct, frozen=True):
    """What a server could have left behind."""

    data_dir: Path
    output: Path


def planted(folder: Path, content: str, name: str = "data/gatelodge.db") -> Wrote:
    """Return a server with this content in one of its files."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return Wrote(folder / "data", folder / "log")


PERSONAL = opaque.write(opaque.PERSONAL_TOKEN, 7, b"p" * 32)
_JWT = f"eyJ{'h' * 20}.eyJ{'c' * 20}.{'s' * 86}"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PERSONAL, "personal access token"),
        (opaque.write(opaque.CODE, 7, b"c" * 32), "authorization code"),
        (opaque.write(opaque.DEVICE_CODE, 7, b"c" * 32), "device code"),
        (opaque.write(opaque.REFRESH_TOKEN, 7, b"c" * 32), "refresh token"),
        (opaque.write(opaque.ACCESS_TOKEN, 7, b"c" * 32), "access token"),
        (opaque.write(opaque.DEVELOPER_SESSION, 7, b"c" * 32), "developer session"),
        (opaque.write(opaque.USER_SESSION, 7, b"c" * 32), "user session"),
        (opaque.write(opaque.INVITE, 7, b"c" * 32), "invitation"),
        (opaque.write(opaque.UPSTREAM_STATE, 7, b"c" * 32), "upstream state"),
        (opaque.write(opaque.RESET, 7, b"c" * 32), "password reset"),
        (opaque.write(opaque.CONSUMER_SECRET, 0, b"c" * 32), "consumer secret"),
        (_JWT, "signed JWT"),
        (f"-----BEGIN EC PRIVATE KEY-----\n{'M' * 64}\n", "private key"),
        (f"otpauth://totp/Gatelodge:me?secret={'A' * 32}", "one-time password seed"),
        (f"authorization: Basic {'Z' * 40}", "Basic header"),
        (f"Authorization: Bearer {'z' * 40}", "Bearer header"),
        (leaks.KNOWN[0], "secret demo-user"),
    ],
)
def test_each_kind_fails_by_its_name(tmp_path: Path, content: str, kind: str) -> None:
    """A server that stored a secret fails with the file and what it is, not with all of it."""
    with pytest.raises(AssertionError, match=f"gatelodge.db: {kind}") as failure:
        leaks.check(planted(tmp_path, f"x{content}x"), {})
    assert content[12:] not in str(failure.value) or len(content) < len(PERSONAL)


@pytest.mark.parametrize("name", ["data/gatelodge.db-wal", "data/deep/er/file", "log"])
def test_every_file_counts(tmp_path: Path, name: str) -> None:
    """WAL, folders within and the log are read, and so is a WAL from before the end."""
    with pytest.raises(AssertionError, match=f"{name}: personal access token"):
        leaks.check(planted(tmp_path, PERSONAL, name), {})
    running = leaks.journals(planted(tmp_path / "running", PERSONAL, "data/gatelodge.db-wal"))
    with pytest.raises(AssertionError, match=r"-wal \(running\): personal access token"):
        leaks.check(Wrote(tmp_path / "none", tmp_path / "none.log"), running)


def test_what_does_not_count(tmp_path: Path) -> None:
    """The demo's mail, the first administrator's link and what the demo prints for everybody."""
    planted(tmp_path, PERSONAL, "data/outbox/1.eml")
    link = f"http://localhost/invite/{opaque.write(opaque.INVITE, 7, b'i' * 32)}"
    leaks.check(planted(tmp_path, f"{link}\n{' '.join(leaks.KNOWN)}\n", "log"), {})


@pytest.mark.slow
async def test_every_server_of_a_test_is_searched(tmp_path: Path) -> None:
    """What a test starts is searched when it has ended, so that each such test is this one."""
    with pytest.raises(AssertionError, match="planted: personal access token"):
        async with serving.serving(tmp_path / "data", "--demo") as server:
            planted(tmp_path, PERSONAL, "data/planted")
    assert server.process.returncode == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("POST\t/token\tapplication/json\trefresh token\tone", ""),
        ("GET\t/applications/1/keys/production\ttext/html\tconsumer secret\tone", ""),
        ("GET\t/applications\ttext/html\tconsumer secret\tone", "GET /applications text/html"),
        ("POST\t/token\tlocation\trefresh token\tone", "POST /token location"),
        ("GET\t/jwks\tapplication/json\tprivate key\tone", "private key"),
    ],
)
def test_an_answer_with_a_secret_fails_by_its_place(tmp_path: Path, line: str, said: str) -> None:
    """Where a secret is handed out it may be; anywhere else the answer is named."""
    notes = tmp_path / "answers"
    notes.write_text(f"{line}\n", encoding="utf-8")
    if not said:
        answers.check(notes)
        return
    with pytest.raises(AssertionError, match=said):
        answers.check(notes)


def test_what_is_shown_once_is_not_shown_again(tmp_path: Path) -> None:
    """A consumer secret in two answers is one too many."""
    notes = tmp_path / "answers"
    line = "GET\t/applications/1/keys/production\ttext/html\tconsumer secret\tone\n"
    notes.write_text(line * 2, encoding="utf-8")
    with pytest.raises(AssertionError, match="consumer secret shown 2 times"):
        answers.check(notes)


@pytest.mark.slow
async def test_every_answer_of_a_server_is_looked_at(tmp_path: Path) -> None:
    """What a running server answers is noted: a consumer secret on the page that shows it."""
    async with (
        serving.serving(tmp_path / "data", "--demo") as server,
        httpx2.AsyncClient(base_url=server.base_url, timeout=30) as http,
    ):
        await own_application(http, "Answers")
    noted = server.output.with_suffix(".answers").read_text(encoding="utf-8")
    assert noted.count("consumer secret") == 1
