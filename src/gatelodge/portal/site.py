"""The portal as a list of routes, made from its parts."""

from starlette.routing import Route

from gatelodge.oauth import digests
from gatelodge.operations.sign_in import SignIn
from gatelodge.portal import my_applications
from gatelodge.portal.account import Account
from gatelodge.portal.desk import Desk
from gatelodge.portal.directory import Directory
from gatelodge.portal.documents import Documents
from gatelodge.portal.doors import Doors
from gatelodge.portal.functions import FUNCTIONS
from gatelodge.portal.overview import Overview
from gatelodge.portal.personal_tokens import PersonalTokens
from gatelodge.portal.second_step import SecondStep
from gatelodge.portal.test_tokens import MintTestToken
from gatelodge.portal.two_step import TwoStep
from gatelodge.settings import Secrets

__all__ = ["FUNCTIONS", "routes"]


def routes(
    desk: Desk, sign_in: SignIn, secrets: Secrets, mint_test_token: MintTestToken
) -> list[Route]:
    """Return every route of the portal.

    ``mint_test_token`` issues an access token for a client itself: the OAuth core's business.
    """
    return [
        *Doors(desk, sign_in).routes(),
        *SecondStep(desk).routes(),
        *Account(desk).routes(),
        *TwoStep(desk).routes(),
        *PersonalTokens(desk, secrets.derive(digests.PERSONAL_TOKEN)).routes(),
        *my_applications.routes(desk, secrets, mint_test_token),
        *Directory(desk).routes(),
        *Documents(desk).routes(),
        *Overview(desk).routes(),
    ]
