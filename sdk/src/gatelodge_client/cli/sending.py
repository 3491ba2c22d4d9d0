"""``lodge request``: any request below the server's address, the answer as it came."""

import sys
from pathlib import Path
from typing import Annotated

import httpx2
import msgspec
import typer

from gatelodge_client.bearer import BearerAuth
from gatelodge_client.cli import chosen, developer, exits, screen
from gatelodge_client.errors import SettingsError, TransportFailed

_OWN_HEADERS = frozenset(("authorization", "host", "content-length", "transfer-encoding"))
_TEXTS = ("text/", "application/json", "application/xml", "+json", "+xml", "urlencoded")

RepeatedName = Annotated[
    list[str] | None,
    typer.Option("-q", "--query", metavar="NAME=VALUE", help="A query parameter; may be repeated."),
]
RepeatedHeader = Annotated[
    list[str] | None,
    typer.Option("-H", "--header", metavar="NAME:VALUE", help="A header; may be repeated."),
]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it was typed, read."""

    method: str
    url: httpx2.URL
    headers: httpx2.Headers
    content: bytes | None


def request(  # noqa: PLR0913 - each argument is one of the command's options
    context: typer.Context,
    method: Annotated[str, typer.Argument(metavar="METHOD", help="GET, POST, PUT, DELETE, ...")],
    path: Annotated[
        str,
        typer.Argument(metavar="PATH", help="Below the server's address; {tenant} is filled in."),
    ],
    *,
    query: RepeatedName = None,
    header: RepeatedHeader = None,
    data: Annotated[
        str | None,
        typer.Option(
            "-d",
            "--data",
            metavar="BODY",
            help="The body, JSON unless -H says otherwise; @FILE: a file, -: standard input.",
            show_default=False,
        ),
    ] = None,
    include: Annotated[
        bool,
        typer.Option(
            "-i",
            "--include",
            metavar="",
            help="Print the answer's headers, too, to standard error.",
        ),
    ] = False,
    as_developer: Annotated[
        bool,
        typer.Option(
            "--developer",
            metavar="",
            help="Send the personal access token: for the management API below /api/v1.",
        ),
    ] = False,
) -> None:
    """Send a request with an access token and print the body of the answer.

    The status goes to standard error and decides the exit code. A body is printed as it came,
    JSON at a terminal indented.
    """
    found = chosen.chosen(context)
    asked = Asked(
        method=method.upper(),
        url=_url(
            found.profile.base_url, path.replace("{tenant}", found.profile.tenant), query or []
        ),
        headers=_headers(header or [], has_body=data is not None),
        content=_content(data),
    )
    if as_developer:
        asked.headers["Authorization"] = f"Bearer {developer.personal_token(found)}"
        answer = _sent(asked, None)
    else:
        with chosen.client(context) as (client, _):
            answer = _sent(asked, BearerAuth(client.session, chosen.CONNECTING))
    _show(answer, include=include)
    raise typer.Exit(exits.of_status(answer.status_code))


def _sent(asked: Asked, auth: httpx2.Auth | None) -> httpx2.Response:
    with chosen.CONNECTING.client(auth) as http:
        try:
            return http.request(
                asked.method, asked.url, headers=asked.headers, content=asked.content
            )
        except httpx2.RequestError as error:
            reason = str(error) or type(error).__name__
            raise TransportFailed(f"No answer from {asked.url.host}: {reason}") from error


def _show(answer: httpx2.Response, *, include: bool) -> None:
    style = "" if answer.is_success else "red"
    screen.say(f"{answer.http_version} {answer.status_code} {answer.reason_phrase}", style)
    if include:
        for name, value in answer.headers.multi_items():
            screen.say(f"{name}: {value}", "dim")
    if not sys.stdout.isatty():
        sys.stdout.buffer.write(answer.content)
        sys.stdout.buffer.flush()
        return
    kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    if answer.content and not any(text in kind for text in _TEXTS):
        screen.say(f"{len(answer.content)} bytes of {kind or 'no type'}: send them to a file.")
        return
    if answer.content:
        screen.write(_readable(answer, kind) + "\n")


def _readable(answer: httpx2.Response, kind: str) -> str:
    if "json" in kind:
        try:
            return screen.json_text(msgspec.json.decode(answer.content))
        except msgspec.DecodeError:
            pass
    return screen.clean(answer.text.rstrip("\n"), keep_lines=True)


def _url(base: str, path: str, query: list[str]) -> httpx2.URL:
    """Return an address below the server's: the access token goes nowhere else."""
    base = base.rstrip("/")
    if "://" in path and not path.startswith(f"{base}/"):
        raise SettingsError(
            f"{path} is not below {base}",
            hint="The access token is sent to the profile's server only; give the path alone.",
        )
    own = path if "://" in path else f"{base}/{path.lstrip('/')}"
    pairs: list[tuple[str, str | int | float | bool | None]] = [
        _pair(text, "=", "-q") for text in query
    ]
    try:
        url = httpx2.URL(own)
    except httpx2.InvalidURL as error:
        raise SettingsError(f"{path!r} is no path: {error}") from error
    return url.copy_merge_params(httpx2.QueryParams(pairs)) if pairs else url


def _headers(given: list[str], *, has_body: bool) -> httpx2.Headers:
    headers = httpx2.Headers({"Accept": "application/json"})
    if has_body:
        headers["Content-Type"] = "application/json"
    for text in given:
        name, value = _pair(text, ":", "-H")
        if name.lower() in _OWN_HEADERS:
            raise SettingsError(f"The header {name} is set by lodge itself")
        headers[name] = value.strip()
    return headers


def _pair(text: str, mark: str, option: str) -> tuple[str, str]:
    name, found, value = text.partition(mark)
    if not found or not name.strip():
        raise SettingsError(f"{option} {text!r} has no {mark!r}")
    return name.strip(), value


def _content(data: str | None) -> bytes | None:
    if data is None:
        return None
    if data == "-":
        return sys.stdin.buffer.read()
    if not data.startswith("@"):
        return data.encode()
    try:
        return Path(data[1:]).read_bytes()
    except OSError as error:
        raise SettingsError(f"{data[1:]} cannot be read: {error.strerror}") from error
