"""The demo's page of what was mailed; the real product has none."""

import re
from collections.abc import Sequence

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.mail.files import MOST, Files
from gatelodge.web.pages import Pages

PATH = "/outbox"


def routes(pages: Pages, files: Files, origin: str) -> Sequence[Route]:
    """Return the page's route; only links to ``origin``, the server itself, can be followed."""
    ours = re.compile(re.escape(origin) + r"/[^\s<>\"]+")

    def linked(text: str) -> Markup:
        return Markup(ours.sub(r'<a href="\g<0>">\g<0></a>', str(escape(text))))  # noqa: S704 - escaped before; a link of ours holds no quote

    async def outbox(request: Request) -> Response:
        """Show the demo's mail."""
        found = files.newest()
        return pages.render(request, "demo/outbox.html", mails=found, linked=linked, most=MOST)

    return [Route(PATH, outbox, methods=["GET"])]
