"""One file per grant type: each is a callable from a token request and its client to an answer.

Owns the order of the steps only; the rules are in ``oauth`` and the single use of codes and
refresh tokens in ``storage``. The client is authenticated and has the grant type already.
"""

from collections.abc import Awaitable, Callable

from gatelodge.oauth.clients import Client
from gatelodge.oauth.parameters import TokenRequest
from gatelodge.oauth.tokens import TokenAnswer

Grant = Callable[[TokenRequest, Client], Awaitable[TokenAnswer]]
