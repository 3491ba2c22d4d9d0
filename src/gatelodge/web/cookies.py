"""What our cookies are called, and what they say.

``__Host-`` cookies over TLS: bound to this host, to the whole of it, and never sent in the clear.
A session's cookie is a credential of which only the digest is stored. The cookie of a known
browser names the people who have signed in with it, and nobody else can write one.
"""

import hmac
from base64 import urlsafe_b64encode

from gatelodge.identity.sessions import Kind
from gatelodge.identity.sign_in import KnownBrowser
from gatelodge.oauth import digests, opaque
from gatelodge.oauth.opaque import Opaque

SECRET_BYTES = opaque.SECRET_BYTES
_MOST_PEOPLE = 8
_LONGEST = 400

_PREFIXES: dict[str, str] = {
    "developer": opaque.DEVELOPER_SESSION,
    "user": opaque.USER_SESSION,
}


def cookie_name(name: str, *, secure: bool) -> str:
    """Return the full name of one of our cookies; the prefix makes browsers guard it."""
    return f"__Host-gatelodge-{name}" if secure else f"gatelodge-{name}"


def write_session(kind: Kind, session_id: int, secret: bytes) -> str:
    """Return the text of a session's cookie."""
    return opaque.write(_PREFIXES[kind], session_id, secret)


def read_session(kind: Kind, text: str) -> Opaque | None:
    """Return what a session's cookie says, ``None`` for anything that is none."""
    return opaque.read(_PREFIXES[kind], text)


def digest(key: bytes, secret: bytes) -> bytes:
    """Return what is stored of a session's secret."""
    return digests.digest(key, secret)


def write_known(key: bytes, kind: Kind, browser: KnownBrowser) -> str:
    """Return the text of a known browser's cookie: the newest people, as many as fit."""
    people = "-".join(str(person) for person in browser.people[:_MOST_PEOPLE])
    facts = f"{browser.id}.{people}"
    return f"{facts}.{_mac(key, kind, facts)}"


def read_known(key: bytes, kind: Kind, text: str) -> KnownBrowser | None:
    """Return the known browser a cookie tells of, ``None`` if it was not written by us."""
    facts, _, mac = text.rpartition(".")
    right = hmac.compare_digest(_mac(key, kind, facts).encode(), mac.encode())
    if not right or len(text) > _LONGEST:
        return None
    browser_id, _, people = facts.partition(".")
    return KnownBrowser(id=int(browser_id), people=tuple(map(int, people.split("-"))))


def _mac(key: bytes, kind: Kind, facts: str) -> str:
    mac = digests.digest(key, f"known:{kind}:{facts}".encode())
    return urlsafe_b64encode(mac).rstrip(b"=").decode()
