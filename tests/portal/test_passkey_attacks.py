"""Passkeys as an attacker would have them: played again, of another site or person, unproven."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.portal.authenticator import PRESENT, VERIFIED, Asked, Authenticator
from tests.portal.browsing import sign_in
from tests.portal.conftest import EMAIL, PASSWORD, Portal

BASE = "/account/two-step"


class Owner:
    """A developer signed in with a password, and the passkey they have added."""

    def __init__(self, portal: Portal, http: httpx2.AsyncClient) -> None:
        self.portal = portal
        self.http = http
        self.passkey = Authenticator(portal.base_url)

    async def add(self, email: str = EMAIL, **lies: Any) -> httpx2.Response:
        """Sign in and add the passkey, which says what is not true of it."""
        await sign_in(self.http, email, PASSWORD)
        asked = Asked(await self.http.get(BASE))
        for name, value in lies.items():
            setattr(self.passkey, name, value)
        return await asked.answer(self.http, self.passkey.make(asked.options))


@pytest.fixture
async def owner(portal: Portal, visitor: httpx2.AsyncClient) -> Owner:
    """The developer, whose passkey is taken."""
    made = Owner(portal, visitor)
    answer = await made.add()
    assert answer.headers["location"] == f"{BASE}/codes", answer.text[:3000]
    return made


@pytest.fixture
async def thief(portal: Portal) -> AsyncIterator[httpx2.AsyncClient]:
    """Another browser."""
    async with httpx2.AsyncClient(base_url=portal.base_url) as client:
        yield client


async def signed_in(http: httpx2.AsyncClient) -> bool:
    """Say whether somebody is signed in with a browser."""
    return (await http.get("/applications")).status_code == 200


async def second_step(http: httpx2.AsyncClient, email: str) -> Asked:
    """Sign in with the password; return what the second step asks."""
    answer = await sign_in(http, email, PASSWORD)
    assert answer.headers["location"].startswith("/login/second?")
    return Asked(await http.get(answer.headers["location"]))


async def test_a_passkey_signs_in_alone_and_once(owner: Owner, thief: httpx2.AsyncClient) -> None:
    """What it signed is worth nothing a second time, in this browser or in another."""
    async with httpx2.AsyncClient(base_url=owner.portal.base_url) as fresh:
        asked = Asked(await fresh.get("/login"))
        credential = owner.passkey.sign(asked.options)
        assert (await asked.answer(thief, credential)).status_code == 403
        stolen = Asked(await thief.get("/login"))
        assert (await stolen.answer(thief, credential)).status_code == 422
        # The seal of the challenge belongs to the browser that was asked.
        stolen.fields["challenge"] = asked.fields["challenge"]
        assert (await stolen.answer(thief, credential)).status_code == 422
        assert not await signed_in(thief)
        assert (await asked.answer(fresh, credential)).status_code == 303
        assert await signed_in(fresh)
        fresh.cookies.delete("gatelodge-developer")
        assert (await asked.answer(fresh, credential)).status_code == 422
        assert not await signed_in(fresh)


@pytest.mark.parametrize(
    "lies",
    [
        {"origin": "https://localhost.evil.example"},
        {"origin": "http://localhost"},
        {"rp_id": "evil.example"},
        {"flags": 0},
        {"flags": VERIFIED},
        {"flags": PRESENT},
    ],
    ids=str,
)
async def test_a_signature_that_proves_too_little(
    owner: Owner, thief: httpx2.AsyncClient, lies: dict[str, Any]
) -> None:
    """Of another site, or with nobody there, or alone without having been unlocked: refused."""
    asked = Asked(await thief.get("/login"))
    for name, value in lies.items():
        setattr(owner.passkey, name, value)
    assert (await asked.answer(thief, owner.passkey.sign(asked.options))).status_code == 422
    assert not await signed_in(thief)


async def test_what_was_made_is_no_signature(owner: Owner, thief: httpx2.AsyncClient) -> None:
    """Another ceremony's answer, another key under this name, an unknown credential, no answer."""
    asked = Asked(await thief.get("/login"))
    forged, unknown = Authenticator(owner.portal.base_url), Authenticator(owner.portal.base_url)
    forged.credential_id = owner.passkey.credential_id
    for credential in (
        owner.passkey.sign(asked.options, "webauthn.create"),
        owner.passkey.make(asked.options),
        forged.sign(asked.options),
        unknown.sign(asked.options),
        '{"rawId": "", "id": ""}',
        "[" * 10_000,
        "x" * 20_000,
    ):
        assert (await asked.answer(thief, credential)).status_code == 422
    assert not await signed_in(thief)


async def test_a_counter_that_does_not_move_is_a_copy(owner: Owner) -> None:
    """Once a passkey has counted, a signature with the same number or a lower one is refused."""
    for count, status in ((5, 303), (5, 422), (4, 422), (0, 422), (6, 303)):
        async with httpx2.AsyncClient(base_url=owner.portal.base_url) as fresh:
            asked = Asked(await fresh.get("/login"))
            owner.passkey.count = count
            answer = await asked.answer(fresh, owner.passkey.sign(asked.options))
        assert (count, answer.status_code) == (count, status)


async def test_somebody_elses_passkey_is_no_second_step(
    owner: Owner, thief: httpx2.AsyncClient
) -> None:
    """Who knows a password needs that person's passkey; a touch is enough then, a code as well."""
    await owner.portal.developer(2, "eve@example.com")
    async with httpx2.AsyncClient(base_url=owner.portal.base_url) as evil:
        eve = Owner(owner.portal, evil)
        assert (await eve.add("eve@example.com")).status_code == 303
    asked = await second_step(thief, EMAIL)
    assert (await asked.answer(thief, eve.passkey.sign(asked.options))).status_code == 422
    alone = Asked(await thief.get("/login"))
    asked.fields["challenge"] = alone.fields["challenge"]
    assert (await asked.answer(thief, owner.passkey.sign(alone.options))).status_code == 422
    assert not await signed_in(thief)
    asked = await second_step(thief, EMAIL)
    owner.passkey.flags = PRESENT
    assert (await asked.answer(thief, owner.passkey.sign(asked.options))).status_code == 303
    assert await signed_in(thief)


async def test_a_second_steps_challenge_signs_nobody_in_alone(
    owner: Owner, thief: httpx2.AsyncClient
) -> None:
    """What was touched beside a password does not count where nothing else was proven."""
    asked = await second_step(thief, EMAIL)
    alone = Asked(await thief.get("/login"))
    alone.fields["challenge"] = asked.fields["challenge"]
    assert (await alone.answer(thief, owner.passkey.sign(asked.options))).status_code == 422
    assert not await signed_in(thief)


async def test_who_came_before_the_factor_is_out(
    portal: Portal, visitor: httpx2.AsyncClient, thief: httpx2.AsyncClient
) -> None:
    """A session that the password alone began ends with the first factor; later ones stay."""
    await sign_in(thief, EMAIL, PASSWORD)
    assert await signed_in(thief)
    first = Owner(portal, visitor)
    assert (await first.add()).status_code == 303
    assert (await signed_in(visitor), await signed_in(thief)) == (True, False)
    asked = await second_step(thief, EMAIL)
    assert (await asked.answer(thief, first.passkey.sign(asked.options))).status_code == 303
    more, asked = Authenticator(portal.base_url), Asked(await visitor.get(BASE))
    assert (await asked.answer(visitor, more.make(asked.options))).status_code == 303
    assert await signed_in(thief)


@pytest.mark.parametrize(
    "lies", [{"origin": "https://evil.example"}, {"rp_id": "evil.example"}, {"flags": 0}], ids=str
)
async def test_a_passkey_of_another_site_is_not_taken(
    portal: Portal, visitor: httpx2.AsyncClient, lies: dict[str, Any]
) -> None:
    """Nor one that nobody was there to make."""
    answer = await Owner(portal, visitor).add(**lies)
    assert answer.status_code == 422


async def test_a_challenge_makes_one_passkey_of_one_person(
    owner: Owner, thief: httpx2.AsyncClient
) -> None:
    """A second one is refused; so is a challenge of another person's, and a credential taken."""
    asked = Asked(await owner.http.get(BASE))
    for status in (303, 422):
        more = Authenticator(owner.portal.base_url)
        assert (await asked.answer(owner.http, more.make(asked.options))).status_code == status
    await owner.portal.developer(2, "eve@example.com")
    eve = Owner(owner.portal, thief)
    eve.passkey.credential_id = owner.passkey.credential_id
    assert (await eve.add("eve@example.com")).status_code == 409
