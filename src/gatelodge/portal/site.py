"""The portal as a list of routes, made from its parts."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.routing import Route

from gatelodge.oauth import digests
from gatelodge.operations.sign_in import SignIn
from gatelodge.portal import highlight, text, wording
from gatelodge.portal.apis import Apis
from gatelodge.portal.applications import Applications
from gatelodge.portal.desk import Desk
from gatelodge.portal.doors import Doors
from gatelodge.portal.key_page import KeyPage
from gatelodge.portal.keys import Keys
from gatelodge.portal.subscribed import Subscribed
from gatelodge.portal.subscriptions import Subscriptions
from gatelodge.portal.test_tokens import Minting, MintTestToken
from gatelodge.settings import Secrets

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "duration": wording.duration,
    "highlight": highlight.highlight,
    "inline": text.inline,
    "paragraphs": text.paragraphs,
}
"""What the portal's templates call beside what every page gets; hand it to ``Pages``."""


def routes(
    desk: Desk, sign_in: SignIn, secrets: Secrets, mint_test_token: MintTestToken
) -> list[Route]:
    """Return every route of the portal.

    ``mint_test_token`` issues an access token for a client itself: the OAuth core's business.
    """
    subscribed = Subscribed(desk.store, desk.settings)
    digest_key = secrets.derive(digests.CONSUMER_SECRET)
    return [
        *Doors(desk, sign_in).routes(),
        *Applications(desk).routes(),
        *Keys(desk, KeyPage(desk, subscribed), digest_key).routes(),
        *Minting(desk, subscribed, mint_test_token).routes(),
        *Subscriptions(desk).routes(),
        *Apis(desk).routes(),
    ]
