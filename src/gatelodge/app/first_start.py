"""What a store needs before its first request, and what the operator is told once it runs."""

import msgspec

from gatelodge.app.core import Core
from gatelodge.app.demo_seed import seeded
from gatelodge.app.first_administrator import administrator_link
from gatelodge.storage import plans


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator is told once the program runs."""

    administrator_link: str | None = None


async def prepared(opened: Core, *, demo: bool) -> Started:
    """Put in what a store needs before its first request, and return the operator's news."""
    await opened.store.write(plans.ensure_standard)
    if demo:
        await seeded(opened)
        return Started()
    return Started(administrator_link=await administrator_link(opened))
