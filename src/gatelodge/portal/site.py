"""The portal as a list of routes, made from its parts."""

from starlette.routing import Route

from gatelodge.oauth import digests
from gatelodge.operations.sign_in import SignIn
from gatelodge.portal.applications import Applications
from gatelodge.portal.desk import Desk
from gatelodge.portal.details import Details
from gatelodge.portal.directory import Directory
from gatelodge.portal.documents import Documents
from gatelodge.portal.doors import Doors
from gatelodge.portal.functions import FUNCTIONS
from gatelodge.portal.key_page import KeyPage
from gatelodge.portal.keys import Keys
from gatelodge.portal.overview import Overview
from gatelodge.portal.subscribed import Subscribed
from gatelodge.portal.subscriptions import Subscriptions
from gatelodge.portal.test_tokens import Minting, MintTestToken
from gatelodge.settings import Secrets

__all__ = ["FUNCTIONS", "routes"]


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
        *Details(desk).routes(),
        *Keys(desk, KeyPage(desk, subscribed), digest_key).routes(),
        *Minting(desk, subscribed, mint_test_token).routes(),
        *Subscriptions(desk).routes(),
        *Directory(desk).routes(),
        *Documents(desk).routes(),
        *Overview(desk).routes(),
    ]
