"""The developers' sign-in page, shown the same whoever sends somebody there."""

from starlette.requests import Request
from starlette.responses import Response

from gatelodge.portal.desk import Desk


def show(
    desk: Desk,
    request: Request,
    return_to: str,
    *,
    email: str = "",
    refusal: str = "",
    status: int = 200,
) -> Response:
    """Return the page; ``refusal`` says why somebody who tried is here again."""
    return desk.show(
        request,
        "portal/login.html",
        status=status,
        # Chromium would keep the browser from going on to a provider.
        form_action=not desk.settings.providers,
        return_to=return_to,
        email=email,
        refusal=refusal,
        passkey=desk.factors.second_steps.passkeys.for_anybody(request, "developer"),
        here="/login",
    )
