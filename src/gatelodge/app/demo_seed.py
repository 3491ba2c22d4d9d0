"""What the demo starts with, put into the store of a running node."""

from gatelodge.app.core import Core
from gatelodge.demo import seed
from gatelodge.demo.start import Start
from gatelodge.provisioning import document
from gatelodge.web import clock


async def seeded(opened: Core) -> None:
    """Seed the demo's store unless it was before."""
    start = Start(
        origin=opened.settings.issuer,
        document=document.text(),
        ids=opened.store.ids,
        secrets=opened.secrets,
        now=clock.now(),
    )
    await opened.store.write(seed.seed, start)
