"""What a person does about two-step sign-in, without a browser: set up an app, type codes."""

import base64
import re
import time

import httpx2

from gatelodge.identity import totp
from tests.flows.signing_in import hidden_fields

_SECRET = re.compile(r'id="totp-secret">([A-Z2-7 ]+)<')
_CODE = re.compile(r'<li class="value">([A-Z2-7-]{19})')


def code_of(secret: bytes, ahead: int = 0) -> str:
    """Return the code an app shows now, or ``ahead`` steps later: clocks may be one step off."""
    return totp.code(secret, int(time.time()) // totp.STEP + ahead)


def secret_of(page: str) -> bytes:
    """Return the secret that a page shows for a new app."""
    found = _SECRET.search(page)
    assert found is not None, page[:3000]
    return base64.b32decode(found[1].replace(" ", ""))


async def set_up_app(http: httpx2.AsyncClient, base: str) -> tuple[bytes, list[str]]:
    """Set an app up for who is signed in; return its secret and the recovery codes."""
    page = await http.get(f"{base}/app")
    secret = secret_of(page.text)
    form = hidden_fields(page.text) | {"code": code_of(secret)}
    answer = await http.post(f"{base}/app", data=form)
    assert answer.headers["location"] == f"{base}/codes", answer.text[:3000]
    shown = await http.get(f"{base}/codes")
    assert (await http.get(f"{base}/codes")).headers["location"] == base  # shown once
    return secret, _CODE.findall(shown.text)


def answer_to(page: httpx2.Response, code: str) -> dict[str, str]:
    """Return the form of a second step with a code in it."""
    assert "One more step" in page.text, page.text[:3000]
    return hidden_fields(page.text) | {"code": code}
