"""The programs tests depend on really work on this machine."""

import asyncio
import contextlib
import socket
from pathlib import Path

import psycopg
import pytest
from playwright.async_api import Browser


@pytest.mark.postgres
def test_postgres_database_is_empty_and_durable(postgres_database: str) -> None:
    """Each test gets a database of its own, in a cluster that waits for the disk."""
    with psycopg.connect(postgres_database) as connection:
        connection.execute("CREATE TABLE seen (id integer)")
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (0,)


def test_database_url_names_both_databases(database_url: str) -> None:
    """The conformance suites run once on each database."""
    assert database_url.startswith(("sqlite:////", "postgresql://"))


@pytest.mark.browser
async def test_browser_draws_a_page(browser: Browser) -> None:
    """The browser starts, runs script and asks for reduced motion."""
    page = await browser.new_page(reduced_motion="reduce")
    await page.set_content("<p id=words>before</p>")
    await page.evaluate("document.getElementById('words').textContent = 'after'")
    assert await page.inner_text("#words") == "after"
    assert await page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")


async def test_valkey_answers(valkey: str, tmp_path: Path) -> None:
    """A private Valkey server starts on a Unix socket and answers a PING."""
    path = tmp_path / "v.sock"
    server = await asyncio.create_subprocess_exec(
        *(valkey, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert server.stdout is not None
    async for line in server.stdout:
        if b"eady to accept connections" in line:
            break
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"PING\r\n")
    assert await reader.readline() == b"+PONG\r\n"
    writer.close()
    await writer.wait_closed()
    server.terminate()
    await server.communicate()


def test_network_beyond_this_machine_is_refused() -> None:
    """A connection that would leave the machine is stopped before a packet is sent."""
    with (
        contextlib.closing(socket.socket()) as outside,
        pytest.raises(ConnectionRefusedError, match="only connect to this machine"),
    ):
        outside.connect(("192.0.2.1", 80))
