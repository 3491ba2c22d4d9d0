"""Line 84: the metadata says what is true, each field compared with what trying it shows."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

import tests.security.metadata_truth_clients  # noqa: F401 - adds its functions to TRYERS
from gatelodge import settings
from tests import programs, serving
from tests.security import logout_truth
from tests.security.metadata_truth import TRYERS, WELL_KNOWN, Scene
from tests.security.victims import Operator

assert logout_truth.back_channel  # importing it has registered what it finds out

PROVIDER = """
[[providers]]
id = "corp"
name = "Corp"
issuer = "http://127.0.0.1:9/"
client_id = "gatelodge"
client_secret_env = "CORP_CLIENT_SECRET"
"""
ISSUER = {"base_url": "http://127.0.0.1:{port}"}
CONFIGURATIONS: dict[str, dict[str, str]] = {
    "defaults": {},
    "another issuer": ISSUER,
    "every choice": {
        "product_name": "Example",
        "smtp_url": "smtp+plain://127.0.0.1:9",
        "mail_from": "noreply@example.com",
        "signing_key_days": "2",
        "longest_access_token": "600",
        "fault_format": "3.x",
        "log_format": "json",
        "access_log": "true",
        "trusted_proxies": "192.0.2.0/24",
    },
    "two processes": {"workers": "2", "database_url": "{database}", "change_feed": "poll"},
}
ELSEWHERE = {
    "host": "chosen by each test's server",
    "port": "chosen by each test's server",
    "data_dir": "chosen by each test's server",
    "tenant": "the demo's is fixed; its paths: tests/authserver",
    "operator_address": "opens a port of its own",
    "secret_key_file": "where a secret is read from changes nothing that is said",
    "smtp_password_file": "the mail server's, not ours",
    "audit_months": "drops lines of the activity log",
    "tls_certificate": "an https issuer, all of whose addresses are tried in tests/web/test_tls.py",
    "tls_key": "the same",
    "valkey_url": "counts calls at the gateway, which the metadata is silent about",
    "when_valkey_is_away": "the same",
}
"""Settings that no configuration here changes, and why."""


def test_every_setting_is_in_a_configuration() -> None:
    """A new setting is tried here, or somebody says why it cannot make the metadata untrue."""
    tried = {name for chosen in CONFIGURATIONS.values() for name in chosen}
    assert {setting.name for setting in settings.every()} == tried | ELSEWHERE.keys()


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=[
        pytest.param(name, marks=[pytest.mark.postgres] if "database_url" in chosen else [])
        for name, chosen in CONFIGURATIONS.items()
    ],
)
async def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """A server in one configuration, its metadata, and a browser of a person's own."""
    folder: Path = tmp_path_factory.mktemp("truth")
    port = serving.free_port()
    chosen = CONFIGURATIONS[request.param]
    database = ""
    if "database_url" in chosen:
        cluster: programs.Cluster = request.getfixturevalue("postgres_cluster")
        cluster.execute("CREATE DATABASE metadata_truth")
        database = cluster.url("metadata_truth")
    environment = {
        f"GATELODGE_{name.upper()}": value.format(port=port, database=database)
        for name, value in chosen.items()
    } | {"CORP_CLIENT_SECRET": "never asked for"}
    config = folder / "gatelodge.toml"
    config.write_text(PROVIDER if chosen else "", encoding="utf-8")
    async with (
        serving.serving(
            folder / "data", "--demo", port=port, environment=environment, config=config
        ) as server,
        Operator.of(server, database) as operator,
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
