"""The parts, put together for one running node."""

from gatelodge.operations.ceremonies import Ceremonies
from gatelodge.operations.second_step import SecondStep
from gatelodge.settings import Secrets, Settings
from gatelodge.storage.engine import Store
from gatelodge.two_step.parts import FactorParts
from gatelodge.two_step.passkeys import Passkeys
from gatelodge.two_step.steps import SecondSteps
from gatelodge.web.browser_seals import BrowserSeals
from gatelodge.web.clock import Clock
from gatelodge.web.toolbox import Toolbox


def build(
    store: Store, secrets: Secrets, settings: Settings, tools: Toolbox, clock: Clock
) -> FactorParts:
    """Make what both sign-ins and both accounts are given."""
    seals = BrowserSeals(store, secrets, tools.csrf, clock)
    ceremonies = Ceremonies(settings.issuer, settings.product_name, secrets)
    passkeys = Passkeys(store, seals, ceremonies, clock)
    steps = SecondStep(store, secrets)
    return FactorParts(
        store=store,
        secrets=secrets,
        seals=seals,
        second_steps=SecondSteps(store, steps, seals, passkeys, tools.sessions, clock),
        product_name=settings.product_name,
    )
