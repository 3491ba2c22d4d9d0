"""What pages about factors are made with, on both sides."""

import msgspec
from starlette.requests import Request

from gatelodge.identity import factors as rules
from gatelodge.identity.factors import Person
from gatelodge.identity.sessions import Session
from gatelodge.operations.actor import Act
from gatelodge.settings import Secrets
from gatelodge.storage.engine import Store
from gatelodge.two_step.steps import SecondSteps
from gatelodge.web.browser_seals import BrowserSeals


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in person's request to pages about their own factors.

    ``name`` is what authenticators show beside the product's name.
    """

    request: Request
    person: Person
    name: str
    session: Session
    act: Act

    @property
    def fresh(self) -> bool:
        """Whether they proved recently enough who they are to change anything."""
        return rules.fresh(self.session, self.act.now)


class FactorParts(msgspec.Struct, frozen=True, kw_only=True):
    """The parts; ``product_name`` is the site's name in authenticators."""

    store: Store
    secrets: Secrets
    seals: BrowserSeals
    second_steps: SecondSteps
    product_name: str
