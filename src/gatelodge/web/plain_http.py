"""What came over plain HTTP to an installation whose people come over TLS."""

import structlog

from gatelodge.web.http import ASGIApp, Headers, Receive, Reply, Scope, Send, json_reply, send_reply

_log = structlog.get_logger(__name__)
_PAGES = frozenset({"GET", "HEAD"})
_CREDENTIALS = frozenset({b"authorization", b"cookie"})
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
        names = {name for name, _ in headers}
        if scope["method"] in _PAGES and not names & _CREDENTIALS and _wants_page(headers):
            await send_reply(_redirect(issuer, scope), (), send)
            return
        # Not its path: those of invitations and resets are secrets.
        request_id = scope["state"]["request_id"]
        _log.warning("request_in_the_clear", method=scope["method"], request_id=request_id)
        await send_reply(_REFUSED, (), send)

    return answer


def _wants_page(headers: Headers) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in headers)


def _redirect(issuer: str, scope: Scope) -> Reply:
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    return Reply(308, b"", ((b"location", issuer.encode() + scope["raw_path"] + query),))
