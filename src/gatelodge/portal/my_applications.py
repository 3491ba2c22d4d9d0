"""My Applications as a list of routes: the list, and each application's tabs."""

from starlette.routing import Route

from gatelodge.oauth import digests
from gatelodge.portal.applications import Applications
from gatelodge.portal.desk import Desk
from gatelodge.portal.details import Details
from gatelodge.portal.key_page import KeyPage
from gatelodge.portal.keys import Keys
from gatelodge.portal.subscribed import Subscribed
from gatelodge.portal.subscriptions import Subscriptions
from gatelodge.portal.test_tokens import Minting, MintTestToken
from gatelodge.settings import Secrets


def routes(desk: Desk, secrets: Secrets, mint_test_token: MintTestToken) -> list[Route]:
    """Return the routes; ``mint_test_token`` is as in ``site``."""
    subscribed = Subscribed(desk.store, desk.settings)
    digest_key = secrets.derive(digests.CONSUMER_SECRET)
    return [
        *Applications(desk).routes(),
        *Details(desk).routes(),
        *Keys(desk, KeyPage(desk, subscribed), digest_key).routes(),
        *Minting(desk, mint_test_token).routes(),
        *Subscriptions(desk).routes(),
    ]
