"""There and back again with a provider that lies, stalls or is played against another one."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from gatelodge.identity.errors import UpstreamRefused
from gatelodge.oauth.errors import Cancelled, UpstreamAway, UpstreamProblem
from gatelodge.oauth.upstream_identity import Identity
from gatelodge.operations import upstream_journeys
from gatelodge.operations.upstream_journeys import Arrival, Journeys
from gatelodge.operations.upstream_providers import UpstreamProviders
from gatelodge.providers import Provider
from gatelodge.settings import Secrets
from gatelodge.storage.engine import Store
from gatelodge.web.asking import Asking
from gatelodge.web.fetching import Fetcher, Limits
from tests.operations.hostile_provider import CLIENT_ID, NOW, HostileProvider, hostile_provider

COOKIE = "a browser's own random cookie"


class World:
    """One node, two providers of which the first is hostile, and a clock."""

    def __init__(self, hostile: HostileProvider, store: Store) -> None:
        self.now = NOW
        self.hostile = hostile
        self.provider = Provider(
            id="one", name="One", issuer=hostile.issuer, client_id=CLIENT_ID, client_secret="s"
        )
        self.other = msgspec.structs.replace(
            self.provider, id="two", issuer="https://two.invalid", sides=frozenset({"user"})
        )
        self.fetcher = Fetcher(Limits(seconds=20.0))
        clock = lambda: self.now  # noqa: E731 - moves with the test
        self.providers = UpstreamProviders([self.provider, self.other], Asking(self.fetcher), clock)
        self.journeys = Journeys(
            store, self.providers, Secrets(bytes(32)), "https://login.example", clock
        )

    async def leave(self, **more: Any) -> dict[str, str]:
        """Leave for the provider; return what it was asked."""
        address = await self.journeys.leave("developer", self.provider, COOKIE, "/apis", **more)
        assert address.startswith(f"{self.hostile.issuer}/auth?")
        asked = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
        self.hostile.nonce = asked["nonce"]
        return asked

    async def arrive(self, cookie: str = COOKIE, **answer: str) -> Arrival:
        """Come back with an answer."""
        query = urlencode({"code": "c", **answer}).encode()
        return await self.journeys.arrive("developer", self.provider, cookie, query)

    async def walk(self) -> Arrival:
        """Go there and come back."""
        asked = await self.leave()
        return await self.arrive(state=asked["state"])


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A hostile provider, good so far, and a store."""
    async with hostile_provider() as hostile:
        store = await Store.open(f"sqlite:///{tmp_path / 'journeys.db'}")
        made = World(hostile, store)
        yield made
        made.fetcher.close()
        await store.close()


async def test_there_and_back(world: World) -> None:
    """A good answer says who came, and where it goes on."""
    arrival = await world.walk()
    assert arrival.problem is None
    assert arrival.identity == Identity(
        issuer=world.hostile.issuer, subject="subject-1", email="ada@corp.example"
    )
    assert arrival.attempt.back == "/apis"
    assert upstream_journeys.methods(world.provider, arrival.identity) == ("fed",)


def by_the_public_key(hostile: HostileProvider) -> str:
    """Return an id_token signed with HS256, the published key its secret."""
    published = json.dumps(hostile.key.as_dict(private=False)).encode()
    payload = hostile.signed().split(".")[1]
    claims = urlsafe_b64decode(payload + "==")
    header = {"alg": "HS256", "kid": hostile.key.kid}
    return jws.serialize_compact(header, claims, OctKey.import_key(published))


def unsigned(hostile: HostileProvider) -> str:
    """Return an id_token with alg none."""
    return f"eyJhbGciOiJub25lIn0.{hostile.signed().split('.')[1]}."


def unsigned_but_filled(hostile: HostileProvider) -> str:
    """Return the same with something where a signature would be."""
    return unsigned(hostile) + "AAAA"


def by_another_key(hostile: HostileProvider) -> str:
    """Return an id_token of a key that only claims to be the published one."""
    return hostile.signed(ECKey.generate_key("P-256", {"kid": "one"}))


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (by_the_public_key, "an algorithm that is not allowed"),
        (unsigned, "no compact JWS"),
        (unsigned_but_filled, "an algorithm that is not allowed"),
        (by_another_key, "the signature is wrong"),
    ],
)
async def test_forged_signatures(
    world: World, forge: Callable[[HostileProvider], str], reason: str
) -> None:
    """No signature, one by the published key and one by another key are worth nothing."""
    asked = await world.leave()
    world.hostile.id_token = forge(world.hostile)
    arrival = await world.arrive(state=asked["state"])
    assert arrival.identity is None
    assert reason in str(arrival.problem)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nonce": "of another request"}, "answers another request"),
        ({"aud": "another client"}, "is for another client"),
        ({"aud": ["another client", CLIENT_ID], "azp": "another client"}, "another client"),
        ({"iss": "https://two.invalid"}, "is another issuer's"),
        ({"exp": NOW - 3_600}, "has expired"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "another access token"),
    ],
)
async def test_another_ones_id_token(world: World, claims: dict[str, Any], reason: str) -> None:
    """What was made for another request, client or issuer, or long ago, is refused."""
    world.hostile.claims = claims
    arrival = await world.walk()
    assert arrival.identity is None
    assert reason in str(arrival.problem)
    assert arrival.problem is not None
    with pytest.raises(UpstreamRefused):
        upstream_journeys.explained(world.provider, arrival.problem)


async def test_a_state_works_once(world: World) -> None:
    """Of an answer that comes 16 times at once one counts; afterwards none does."""
    asked = await world.leave()
    tries = (world.arrive(state=asked["state"]) for _ in range(16))
    came = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, Arrival) for one in came) == 1
    assert sum(isinstance(one, UpstreamProblem) for one in came) == 15
    assert world.hostile.asked.count("/token") == 1
    with pytest.raises(UpstreamProblem, match="used already"):
        await world.arrive(state=asked["state"])


async def test_a_state_belongs_to_its_browser(world: World) -> None:
    """An attacker's answer in a victim's browser is refused, and spent; a late one is, too."""
    asked = await world.leave()
    with pytest.raises(UpstreamProblem, match="another browser"):
        await world.arrive("the victim's cookie", state=asked["state"])
    with pytest.raises(UpstreamProblem, match="used already"):
        await world.arrive(state=asked["state"])
    late = await world.leave()
    world.now += upstream_journeys.LIFETIME
    with pytest.raises(UpstreamProblem, match="too old"):
        await world.arrive(state=late["state"])
    for state in ("", "glup_" + "A" * 59, late["state"][:-1]):
        with pytest.raises(UpstreamProblem, match="no state of ours"):
            await world.arrive(state=state)
    assert "/token" not in world.hostile.asked


async def test_mix_up(world: World) -> None:
    """An answer at another provider's address or side, or in another's name, gets no code sent."""
    for side, provider in (("user", world.provider), ("user", world.other)):
        asked = await world.leave()
        query = urlencode({"code": "c", "state": asked["state"]}).encode()
        with pytest.raises(UpstreamProblem, match="another provider's address"):
            await world.journeys.arrive(side, provider, COOKIE, query)  # type: ignore[arg-type]  # a literal
    asked = await world.leave()
    arrival = await world.arrive(state=asked["state"], iss="https://two.invalid")
    assert "another issuer's" in str(arrival.problem)
    assert "/token" not in world.hostile.asked
    assert world.providers.find("developer", "two") is None


async def test_a_promised_name_must_come(world: World) -> None:
    """A provider that promises to name itself is held to it (RFC 9207)."""
    world.hostile.metadata = {"authorization_response_iss_parameter_supported": True}
    arrival = await world.walk()
    assert "does not name its issuer" in str(arrival.problem)
    asked = await world.leave()
    arrival = await world.arrive(state=asked["state"], iss=world.hostile.issuer)
    assert arrival.identity is not None


async def test_a_persons_no(world: World) -> None:
    """Somebody who declines there is told so on the sign-in page."""
    asked = await world.leave()
    arrival = await world.arrive(state=asked["state"], error="access_denied")
    assert isinstance(arrival.problem, Cancelled)
    assert upstream_journeys.explained(world.provider, arrival.problem)[1] == 200


GIANT = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + b" " * 200_000
ELSEWHERE = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
REFUSED = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("raw", [GIANT, ELSEWHERE])
async def test_giant_answers_and_redirects(world: World, raw: bytes) -> None:
    """Neither is read: the provider counts as away."""
    world.hostile.raw = {"/token": raw}
    arrival = await world.walk()
    assert isinstance(arrival.problem, UpstreamAway)
    assert upstream_journeys.explained(world.provider, arrival.problem)[1] == 503


async def test_slow_answers(world: World) -> None:
    """A provider that never answers holds nobody for longer than the limit."""
    asked = await world.leave()
    world.hostile.silent = {"/token"}
    impatient = Fetcher(Limits(seconds=0.3))
    world.providers._ask = Asking(impatient)
    arrival = await world.arrive(state=asked["state"])
    impatient.close()
    assert isinstance(arrival.problem, UpstreamAway)
    assert "more than 0.3 seconds" in str(arrival.problem)


async def test_metadata_is_kept_and_a_failure_is_not_repeated(world: World) -> None:
    """One request for an hour; a provider in trouble is asked again after some seconds only."""
    path = "/.well-known/openid-configuration"
    world.hostile.raw = {path: REFUSED}
    for _ in range(2):
        with pytest.raises(UpstreamAway):
            await world.leave()
    assert world.hostile.asked == [path]
    world.hostile.raw = {}
    world.now += 5
    await world.leave()
    await world.leave()
    assert world.hostile.asked == [path, path]
    # Away an hour later: what it last said still counts.
    world.now += 3_600
    world.hostile.raw = {path: REFUSED}
    await world.leave()
    world.hostile.raw = {path: GIANT.replace(b" " * 200_000, b"[]")}
    world.now += 5
    with pytest.raises(UpstreamProblem, match="cannot be read"):
        await world.leave()


async def test_keys_rotate_and_strange_ones_do_not_hammer(world: World) -> None:
    """A new key is fetched when it first signs, but at most every thirty seconds."""
    assert (await world.walk()).identity is not None
    world.hostile.key = ECKey.generate_key("P-256", {"kid": "new"})
    world.now += 30
    world.hostile.claims = {"iat": world.now, "exp": world.now + 60}
    assert (await world.walk()).identity is not None
    assert world.hostile.asked.count("/jwks") == 2
    asked = await world.leave()
    world.hostile.id_token = world.hostile.signed(kid="invented")
    arrival = await world.arrive(state=asked["state"])
    assert "no published key" in str(arrival.problem)
    assert world.hostile.asked.count("/jwks") == 2
    world.now += 3_600
    world.hostile.raw = {"/jwks": GIANT.replace(b" " * 200_000, b"[]")}
    assert "keys cannot be read" in str((await world.walk()).problem)


async def test_the_address_may_come_from_userinfo(world: World) -> None:
    """Where the id_token has no address userinfo is asked; signing in does not depend on it."""
    world.hostile.metadata = {"userinfo_endpoint": f"{world.hostile.issuer}/me"}
    world.hostile.claims = {"email": None}
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    world.hostile.raw = {"/me": head + b'{"sub":"subject-1","email":"x@corp.example"}'}
    found = (await world.walk()).identity
    assert found is not None
    assert found.email == "x@corp.example"
    for raw in (REFUSED, ELSEWHERE):
        world.hostile.raw = {"/me": raw}
        found = (await world.walk()).identity
        assert found is not None
        assert found.email == ""


async def test_a_second_factor_counts_where_it_is_trusted(world: World) -> None:
    """The provider's word spares ours only if the operator says so."""
    world.hostile.claims = {"amr": ["pwd", "mfa"]}
    who = (await world.walk()).identity
    assert who is not None
    assert upstream_journeys.methods(world.provider, who) == ("fed",)
    trusted = msgspec.structs.replace(world.provider, trust_second_factor=True)
    assert upstream_journeys.methods(trusted, who) == ("fed", "mfa")


async def test_nothing_that_travels_is_stored(world: World, tmp_path: Path) -> None:
    """The database holds digests of state and browser; nonce and verifier are nowhere in it."""
    asked = await world.leave(again=True)
    assert asked["prompt"] == "login"
    stored = await asyncio.to_thread(contents, tmp_path)
    for secret in (asked["state"], asked["nonce"], COOKIE):
        assert secret.encode() not in stored


def contents(folder: Path) -> bytes:
    """Return what is in all files of a folder."""
    return b"".join(path.read_bytes() for path in folder.iterdir())
