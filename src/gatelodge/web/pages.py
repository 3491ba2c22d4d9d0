"""Pages: templates, what every template gets, and the headers every page carries."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from gatelodge.settings import Settings
from gatelodge.web.cookies import cookie_name
from gatelodge.web.csrf import Csrf

TEMPLATES = Path(__file__).with_name("templates")
STATIC = Path(__file__).with_name("static")
THEMES = frozenset({"light", "dark"})

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_FORMS = "; form-action 'self'"
_ICON = Markup(
    '<svg class="icon" width="20" height="20" aria-hidden="true"><use href="{}#{}"/></svg>'
)


def theme_cookie(*, secure: bool) -> str:
    """Return the name of the cookie that holds the reader's choice of colours."""
    return cookie_name("theme", secure=secure)


class Pages:
    """Renders templates. ``functions`` are further names a surface's own templates use."""

    def __init__(
        self, settings: Settings, csrf: Csrf, functions: Mapping[str, Callable[..., object]] = {}
    ) -> None:
        self._csrf = csrf
        self._theme_cookie = theme_cookie(secure=settings.secure)
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._addresses: dict[str, str] = {}
        self._environment.globals.update(
            product_name=settings.product_name,
            static=self.static,
            icon=self.icon,
            sign_in_with={
                side: [each for each in settings.providers if side in each.sides]
                for side in ("developer", "user")
            },
            **functions,
        )

    def static(self, path: str) -> str:
        """Return the address of a static file, with its content's hash so it may be kept."""
        address = self._addresses.get(path)
        if address is None:
            content = (STATIC / path).read_bytes()
            address = f"/static/{path}?v={hashlib.sha256(content).hexdigest()[:12]}"
            self._addresses[path] = address
        return address

    def icon(self, name: str) -> Markup:
        """Return a decorative icon of the sprite."""
        return _ICON.format(self.static("vendor/icons.svg"), name)

    def render(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        form_action: bool = True,
        **values: object,
    ) -> HTMLResponse:
        """Render a page with its headers.

        Without ``form_action`` the policy leaves forms alone: Chromium applies it to every hop
        after a POST, and those of the authorization server end at the application.
        """
        theme = request.cookies.get(self._theme_cookie)
        base: dict[str, object] = {
            "account": getattr(request.state, "account", None),
            "csrf_token": self._csrf.token(request),
            "here": _here(request),
            "request_id": getattr(request.state, "request_id", ""),
            "theme": theme if theme in THEMES else None,
        }
        body = self._environment.get_template(template).render(base | values)
        response = HTMLResponse(body, status, headers=_headers(form_action=form_action))
        self._csrf.remember(request, response)
        return response


def _headers(*, form_action: bool) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": _POLICY + _FORMS if form_action else _POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def _here(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
