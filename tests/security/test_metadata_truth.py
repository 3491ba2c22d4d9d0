"""Line 84: the metadata says what is true, each field compared with what trying it shows."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

import tests.security.metadata_truth_clients  # noqa: F401 - adds its functions to TRYERS
from tests import serving
from tests.security import logout_truth
from tests.security.metadata_truth import TRYERS, WELL_KNOWN, Scene
from tests.security.victims import Operator

assert logout_truth.back_channel  # importing it has registered what it finds out

CONFIGURATIONS = {
    "defaults": {},
    "another issuer": {"GATELODGE_BASE_URL": "http://127.0.0.1:{port}"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=CONFIGURATIONS)
async def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """A server in one configuration, its metadata, and a browser of a person's own."""
    folder: Path = tmp_path_factory.mktemp("truth")
    port = serving.free_port()
    chosen = CONFIGURATIONS[request.param].items()
    environment = {name: value.format(port=port) for name, value in chosen}
    async with (
        serving.serving(folder / "data", "--demo", port=port, environment=environment) as server,
        Operator.of(server) as operator,
    ):
        issuer = environment.get("GATELODGE_BASE_URL", server.base_url)
        async with httpx2.AsyncClient(base_url=issuer, timeout=30) as http:
            yield Scene(
                http=http,
                operator=operator,
                person=await operator.person(),
                issuer=issuer,
                document=(await http.get(WELL_KNOWN[0])).json(),
            )


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_is_advertised_that_is_not_tried(scene: Scene) -> None:
    """A new field needs a function in `metadata_truth.py` that finds out whether it is true."""
    assert not scene.document.keys() - TRYERS.keys()


@pytest.mark.parametrize("name", sorted(TRYERS))
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
async def test_a_field_says_what_is_true(scene: Scene, name: str) -> None:
    """What is advertised works, what is not advertised does not."""
    said, true = scene.document.get(name), await TRYERS[name](scene)
    if isinstance(true, list):
        assert sorted(said or ()) == sorted(true)
    elif isinstance(true, bool):
        assert (said or False) == true
    else:
        assert said == true
