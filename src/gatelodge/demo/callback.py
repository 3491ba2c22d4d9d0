"""The demo application's callback page: shows what came back and how to go on."""

import shlex
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.demo import credentials
from gatelodge.demo.lines import sign_in_address
from gatelodge.web.pages import Pages

_LONGEST = 2_000


def routes(pages: Pages, origin: str) -> Sequence[Route]:
    """Return the page's route; ``origin`` is the server's own address."""

    async def callback(request: Request) -> Response:
        given = {name: value[:_LONGEST] for name, value in request.query_params.items()}
        code = given.get("code")
        return pages.render(
            request,
            "demo/callback.html",
            code=code,
            command=exchange(origin, code) if code else None,
            error=given.get("error"),
            error_description=given.get("error_description"),
            state=given.get("state"),
            application=credentials.APPLICATION,
            sign_in=sign_in_address(origin),
        )

    return [Route(credentials.CALLBACK_PATH, callback, methods=["GET"])]


def exchange(origin: str, code: str) -> str:
    """Return the command that redeems a code; whatever the code holds, the shell sees one word."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": credentials.callback(origin),
    }
    data = " \\\n  ".join(
        f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in fields.items()
    )
    pair = f"{credentials.CONSUMER_KEY}:{credentials.CONSUMER_SECRET}"
    return f"curl -u {pair} \\\n  {data} \\\n  {shlex.quote(f'{origin}/token')}"
