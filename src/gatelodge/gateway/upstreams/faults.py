"""Ways in which an upstream, or the caller, fails a forwarded request.

``code`` and ``status`` are WSO2 API Manager's transport codes and the HTTP status to answer with.
The text of each exception is for the operator's log and never names anything secret.
"""

from __future__ import annotations


class UpstreamFault(Exception):  # named after what happened
    """A forwarded request failed; nothing of an answer was sent unless it is AnswerCut."""

    code = 101500
    status = 502


class UpstreamUnreachable(UpstreamFault):
    """No connection could be had: refused, not trusted, not resolvable, or too many in use."""

    code = 101503
    status = 503


class UpstreamTimeout(UpstreamFault):
    """The upstream did not accept the connection or did not begin its answer in time."""

    code = 101504
    status = 504


class UpstreamBroken(UpstreamFault):
    """The upstream closed too early or sent something that is not an acceptable answer."""


class ClosedUnanswered(UpstreamBroken):
    """The connection closed before the first byte of an answer."""


class AnswerCut(UpstreamFault):
    """The answer had begun when it failed: let this rise, so that the caller's connection closes.

    Ending the answer instead would make a part look like the whole.
    """


class CallerGone(UpstreamFault):
    """The caller has closed its connection; nobody is left to answer."""
