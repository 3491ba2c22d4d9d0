"""A client's published keys: fetched when needed, kept, and not fetched on anybody's word."""

from collections.abc import Sequence
from typing import Any

import pytest

from gatelodge.authserver.client_keys import ClientKeySource
from gatelodge.oauth import client_assertion
from gatelodge.oauth.client_assertion import Assertion
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidClient
from gatelodge.web.fetching import Fetcher
from gatelodge.web.reaching import FetchFailed, Reach
from tests.oauth.asserting import CURVE, RSA, claims, jwk_set, signed
from tests.oauth.records import ISSUER, NOW, client

URI = "https://client.example/jwks"


class Publisher(Fetcher):
    """The client's server: publishes what it is told to, counts who asks, or is away."""

    def __init__(self, *sets: Any) -> None:
        super().__init__(resolve=_nowhere)
        self.sets = list(sets)
        self.asked: list[tuple[str, str]] = []

    async def get_json(
        self, url: str, reach: Reach, headers: Sequence[tuple[str, str]] = ()
    ) -> Any:
        """Return the next set; the last one stays."""
        self.asked.append((url, reach))
        found = self.sets.pop(0) if len(self.sets) > 1 else self.sets[0]
        if found is None:
            raise FetchFailed("It is away.")
        return found


async def _nowhere(_: str, __: int) -> Sequence[str]:
    return []


def published(*keys: Any) -> dict[str, Any]:
    """Return a key set as JSON's values."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


def asserting(algorithm: str = "ES256", **header: Any) -> Assertion:
    """Return an assertion of the client."""
    return client_assertion.read(signed(claims("x", ISSUER, NOW), algorithm, **header))


PUBLISHING = client(authentication="private_key_jwt", jwks_uri=URI)


async def found(source: ClientKeySource, assertion: Assertion, now: int = NOW) -> bool:
    """Say whether the key that the assertion names is found."""
    keys = await source.find(PUBLISHING, assertion, now)
    return keys.candidate(assertion.algorithm, assertion.kid) is not None


async def test_registered_keys_need_no_fetch() -> None:
    """A pasted set is read as it stands."""
    publisher = Publisher(None)
    pasted: Client = client(authentication="private_key_jwt", jwks=jwk_set(CURVE))
    keys = await ClientKeySource(publisher, "public").find(pasted, asserting(), NOW)
    assert [key.kid for key in keys.keys] == ["curve"]
    assert publisher.asked == []


async def test_fetched_keys_are_kept_for_ten_minutes() -> None:
    """The first assertion fetches, later ones do not until the set is old."""
    publisher = Publisher(published(CURVE))
    source = ClientKeySource(publisher, "public")
    for now in (NOW, NOW + 1, NOW + 600):
        assert await found(source, asserting(), now)
    assert publisher.asked == [(URI, "public")]
    assert await found(source, asserting(), NOW + 601)
    assert len(publisher.asked) == 2


async def test_a_new_key_is_looked_for_once_a_minute() -> None:
    """An unknown kid fetches anew, but whoever makes names up causes one fetch a minute."""
    publisher = Publisher(published(CURVE), published(CURVE), published(CURVE, RSA))
    source = ClientKeySource(publisher, "public")
    assert await found(source, asserting())
    for name in ("a", "b", "c"):
        assert not await found(source, asserting(kid=name), NOW + 59)
    assert len(publisher.asked) == 1
    assert not await found(source, asserting("RS256"), NOW + 60)
    assert not await found(source, asserting("RS256"), NOW + 119)
    assert await found(source, asserting("RS256"), NOW + 120)
    assert len(publisher.asked) == 3


async def test_a_server_that_is_away() -> None:
    """The last set goes on for an hour; without one the client is refused, not the request lost."""
    publisher = Publisher(published(CURVE), None)
    source = ClientKeySource(publisher, "public")
    assert await found(source, asserting())
    assert await found(source, asserting(), NOW + 3_600)
    with pytest.raises(InvalidClient, match="could not be fetched"):
        await found(source, asserting(), NOW + 3_601)
    never = Publisher(None)
    for now in (NOW, NOW + 59):
        with pytest.raises(InvalidClient, match="could not be fetched"):
            await found(ClientKeySource(never, "public"), asserting(), now)


async def test_a_bad_set_is_as_good_as_none() -> None:
    """A published set with a private key in it, or none at all, is not taken."""
    sets: list[Any] = [{"keys": [CURVE.as_dict(private=True)]}, {}, [], "x"]
    for bad in sets:
        source = ClientKeySource(Publisher(bad), "public")
        with pytest.raises(InvalidClient, match="could not be fetched"):
            await found(source, asserting())
