"""Which exit code means what, and what to do next after each kind of error."""

from collections.abc import Mapping

from gatelodge_client import errors
from gatelodge_client.errors import GatelodgeError

DONE = 0
FAILED = 1
USAGE = 2
NOT_SIGNED_IN = 3
FORBIDDEN = 4
NOT_FOUND = 5
THROTTLED = 6
UNREACHABLE = 7
INTERRUPTED = 130

MEANINGS: Mapping[int, str] = {
    DONE: "Done.",
    FAILED: "Failed for another reason than those below; a conflict, a place that cannot be read.",
    USAGE: "The command, its options, the profile or the parameters are wrong.",
    NOT_SIGNED_IN: "Nobody is signed in, the sign-in was refused or has ended.",
    FORBIDDEN: "Not allowed: a role, a scope or a subscription is missing.",
    NOT_FOUND: "There is no such record, or no such address.",
    THROTTLED: "Too many requests; the message says how long to wait.",
    UNREACHABLE: "No answer came, or the server failed: try again later.",
    INTERRUPTED: "Ended with Ctrl-C.",
}
"""The documented table; ``docs/reference/lodge.md`` and the help are made from it."""

# The first that fits: what is more special stands first.
_CODES: tuple[tuple[type[GatelodgeError], int], ...] = (
    (errors.BadTokenAnswer, UNREACHABLE),
    (errors.AuthError, NOT_SIGNED_IN),
    (errors.Forbidden, FORBIDDEN),
    (errors.NotFound, NOT_FOUND),
    (errors.Throttled, THROTTLED),
    (errors.InvalidParameters, USAGE),
    (errors.SettingsError, USAGE),
    (errors.UpstreamError, UNREACHABLE),
    (errors.UnexpectedAnswer, UNREACHABLE),
    (errors.TransportFailed, UNREACHABLE),
)

# The library's advice names its own calls; at a terminal there are commands for the same.
_ADVICE: Mapping[type[GatelodgeError], str] = {
    errors.SignInRequired: "Sign in: lodge login",
    errors.AccessTokenRefused: (
        "Sign in again with lodge login. If that does not help, the user or the application may"
        " have lost its rights, or the profile's tenant and address do not belong together."
    ),
    errors.ClientRefused: (
        "Compare consumer key and secret with the application's keys page in the portal, then"
        " enter them again: lodge profile add"
    ),
    errors.PasswordRefused: (
        "Check user name and password in the portal before you try again: accounts lock."
    ),
    errors.SignInExpired: "Start again with lodge login, and finish the sign-in in time.",
}

_BY_STATUS = {401: NOT_SIGNED_IN, 403: FORBIDDEN, 404: NOT_FOUND, 429: THROTTLED}
_REFUSAL, _FAILURE = 400, 500
_USAGE_STATUSES = frozenset((400, 422))


def code_of(error: GatelodgeError) -> int:
    """Return the exit code an error ends the program with."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), FAILED)


def advice(error: GatelodgeError) -> str:
    """Return what to do next, for somebody at a terminal; an error's own words come first."""
    own = vars(error).get("hint") or ""
    is_own = own != type(error).hint
    return own if is_own else _ADVICE.get(type(error), own)


def of_status(status: int) -> int:
    """Return the exit code for the status of an answer that was printed as it came."""
    if status < _REFUSAL:
        return DONE
    if status >= _FAILURE:
        return UNREACHABLE
    return USAGE if status in _USAGE_STATUSES else _BY_STATUS.get(status, FAILED)
