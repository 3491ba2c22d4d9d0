"""What came over plain HTTP to an installation whose people come over TLS."""

import structlog

from gatelodge.web.http import ASGIApp, Headers, Receive, Reply, Scope, Send, json_reply, send_reply

_log = structlog.get_logger(__name__)
_PAGES = frozenset({"GET", "HEAD"})
_REFUSED = json_reply(
    {
        "error": "invalid_request",
        "error_description": "Use https: here. What was sent has crossed the network in the clear.",
    },
    403,
    ((b"cache-control", b"no-store"),),
)


def in_the_clear(issuer: str) -> ASGIApp:
    """Return what answers such requests: pages lead to ``issuer``, everything else is refused.

    A redirect would come too late for a secret that is in the request already (RFC 9700 section
    2.6, RFC 6749 section 3.2), and would hide the mistake from whoever made it.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        headers: Headers = tuple(scope["headers"])
        is_page = scope["method"] in _PAGES and _wants_page(headers)
        if is_page and not any(_is_credential(name, value) for name, value in headers):
            await send_reply(_redirect(issuer, scope), (), send)
            return
        # Not its path: those of invitations and resets are secrets.
        request_id = scope["state"]["request_id"]
        _log.warning("request_in_the_clear", method=scope["method"], request_id=request_id)
        await send_reply(_REFUSED, (), send)

    return answer


def _is_credential(name: bytes, value: bytes) -> bool:
    # Other cookies are somebody else's: browsers send ours over TLS only.
    return name == b"authorization" or (name == b"cookie" and b"__Host-" in value)


def _wants_page(headers: Headers) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in headers)


def _redirect(issuer: str, scope: Scope) -> Reply:
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    return Reply(308, b"", ((b"location", issuer.encode() + scope["raw_path"] + query),))
