"""Who may call is looked at on every call: what an owner or operator does acts on the next one."""

from typing import Any

import pytest

from gatelodge.gateway.errors import BadCredentials, InvalidCredentials, MissingCredentials
from gatelodge.gateway.verified import VerifiedTokens, bearer_text
from gatelodge.operations.presented_tokens import AccessTokenReader
from gatelodge.storage import applications, clients, revocations, subscriptions, users
from gatelodge.storage.connections import Connection
from tests.gateway.installation import (
    APPLICATION,
    CLIENT,
    DIGEST_KEY,
    ISSUER,
    NOW,
    SUBSCRIPTION,
    USER,
    Installation,
    application,
)

MISSING = ("900902", "Missing Credentials")
INVALID = ("900901", "Invalid Credentials")


@pytest.mark.parametrize(
    ("headers", "status", "expected"),
    [
        ((), 401, MISSING),
        (("Authorization: Basic abc",), 401, MISSING),
        (("Authorization: Bearer",), 401, INVALID),
        (("Authorization: Bearer not.a.token",), 401, INVALID),
        (("Authorization: bearer glat_short",), 401, INVALID),
        (("Authorization: Bearer caf\xe9",), 401, INVALID),
        (("Authorization: Bearer a", "Authorization: Bearer a"), 400, ("400", "Bad Request")),
    ],
)
async def test_credentials_that_are_none(
    installation: Installation, headers: tuple[str, ...], status: int, expected: tuple[str, str]
) -> None:
    """Missing, malformed and repeated credentials are told apart; none is repeated back."""
    answer = await installation.call("/things/1", headers=headers)

    assert answer.status == status
    body = answer.json()
    assert (body["code"], body["message"]) == expected
    challenge = answer.header("www-authenticate") or ""
    assert challenge.startswith('Bearer realm="gatelodge"')
    assert ("error=" in challenge) == (expected != MISSING)
    assert answer.header("ratelimit") is None
    assert installation.echo.calls == 0


async def test_an_access_token_in_the_query_is_no_credential(installation: Installation) -> None:
    """It is not looked for, so that nobody gets used to sending one there."""
    jwt = installation.sign(installation.row())

    answer = await installation.call(f"/things/1?access_token={jwt}")

    assert (answer.status, answer.json()["code"]) == (401, "900902")


async def test_an_expired_access_token_is_refused_though_it_was_good(
    installation: Installation,
) -> None:
    """Remembering a verified access token does not outlive its expiry."""
    jwt = installation.sign(installation.row(lifetime=10))
    opaque = await installation.stored(installation.row(lifetime=10))
    assert (await installation.call("/things/1", jwt)).status == 200
    assert (await installation.call("/things/1", opaque)).status == 200

    installation.now += 10

    assert (await installation.call("/things/1", jwt)).status == 401
    assert (await installation.call("/things/1", opaque)).status == 401


def unsubscribe(conn: Connection) -> None:
    """Remove the subscription."""
    subscriptions.remove(conn, SUBSCRIPTION)


def block_subscription(conn: Connection) -> None:
    """Block the subscription."""
    subscriptions.change_state(conn, SUBSCRIPTION, "blocked")


def suspend_subscription(conn: Connection) -> None:
    """Put the subscription back to pending."""
    subscriptions.change_state(conn, SUBSCRIPTION, "pending")


def reject_subscription(conn: Connection) -> None:
    """Reject the subscription."""
    subscriptions.change_state(conn, SUBSCRIPTION, "rejected")


def block_application(conn: Connection) -> None:
    """Block the application."""
    applications.replace(conn, application(state="blocked"))


def delete_application(conn: Connection) -> None:
    """Delete the application."""
    applications.remove(conn, APPLICATION)


def delete_key(conn: Connection) -> None:
    """Remove the consumer key."""
    clients.remove(conn, CLIENT)


def disable_user(conn: Connection) -> None:
    """Disable the user."""
    users.set_state(conn, USER, "disabled")


@pytest.mark.parametrize(
    ("kind", "act", "status", "code"),
    [
        ("application", unsubscribe, 403, "900908"),
        ("application", block_subscription, 401, "900907"),
        ("application", suspend_subscription, 401, "900909"),
        ("application", reject_subscription, 401, "900909"),
        ("application", block_application, 401, "900901"),
        ("application", delete_application, 401, "900901"),
        ("application", delete_key, 401, "900901"),
        ("user", disable_user, 401, "900901"),
    ],
)
@pytest.mark.parametrize("form", ["jwt", "opaque"])
async def test_an_act_counts_from_the_next_call_on(
    installation: Installation, form: str, kind: Any, act: Any, status: int, code: str
) -> None:
    """A call passes, then somebody acts, then the next call of the same token is refused."""
    row = installation.row(user=True)
    access_token = installation.sign(row) if form == "jwt" else await installation.stored(row)
    assert (await installation.call("/things/1", access_token)).status == 200

    await installation.change(kind, act)
    answer = await installation.call("/things/1", access_token)

    assert (answer.status, answer.json()["code"]) == (status, code)
    assert installation.echo.calls == 1


async def test_revocations_count_from_the_next_call_on(installation: Installation) -> None:
    """A revoked token, family, user or client is refused, and only what it names."""
    row, other = installation.row(user=True), installation.row(user=True)
    revoked, untouched = installation.sign(row), installation.sign(other)
    assert (await installation.call("/things/1", revoked)).status == 200

    await installation.store.write(revocations.revoke_access_token, row.id, NOW + 3600)
    assert (await installation.call("/things/1", revoked)).status == 401
    assert (await installation.call("/things/1", untouched)).status == 200

    await installation.store.write(revocations.revoke_family, other.family_id or 0, NOW + 3600)
    assert (await installation.call("/things/1", untouched)).status == 401

    third = installation.sign(installation.row(user=True))
    assert (await installation.call("/things/1", third)).status == 200
    stamp = installation.store.ids.next()
    await installation.store.write(revocations.revoke_user, USER, stamp, NOW + 3600)
    assert (await installation.call("/things/1", third)).status == 401

    fourth = installation.sign(installation.row())
    assert (await installation.call("/things/1", fourth)).status == 200
    stamp = installation.store.ids.next()
    await installation.store.write(revocations.revoke_client, CLIENT, stamp, NOW + 3600)
    assert (await installation.call("/things/1", fourth)).status == 401


async def test_upstreams_learn_a_new_name_at_once(installation: Installation) -> None:
    """What upstreams are told follows the records, not the first call."""
    jwt = installation.sign(installation.row())
    await installation.call("/things/1", jwt)

    def rename(conn: Connection) -> None:
        applications.replace(conn, application(name="Größer"))

    await installation.change("application", rename)
    answer = await installation.call("/things/1", jwt)

    told = dict(answer.json()["headers"])
    assert told["x-gatelodge-application-name"] == "Gr%C3%B6%C3%9Fer"


async def test_a_signing_key_that_is_withdrawn_ends_what_it_signed(
    installation: Installation,
) -> None:
    """Access tokens are verified anew after the signing keys changed."""
    jwt = installation.sign(installation.row())
    assert (await installation.call("/things/1", jwt)).status == 200

    installation.ring.published.clear()
    assert (await installation.call("/things/1", jwt)).status == 200
    await installation.change("signing_key", lambda _conn: None)

    assert (await installation.call("/things/1", jwt)).status == 401


async def test_only_so_many_access_tokens_are_remembered(installation: Installation) -> None:
    """One that was not used for longest makes room: not the one that is used all the time."""
    reader = AccessTokenReader(
        issuer=ISSUER,
        store=installation.store,
        live=installation.live,
        signing_keys=lambda: installation.ring,
        digest_key=DIGEST_KEY,
    )
    verified = VerifiedTokens(reader, "vbc.prod", most=2)
    busy, *others = (installation.sign(installation.row()).encode() for _ in range(4))
    for presented in (busy, *others):
        digest, known = verified.peek(presented, NOW)
        assert known is None
        await verified.verify(presented, digest, NOW)
        assert verified.peek(busy, NOW)[1] is not None

    assert len(verified._known) == 2


def test_the_bearer_text_is_read_as_it_stands() -> None:
    """The scheme is read in any case, blanks around the access token are none of it."""
    assert bearer_text([(b"host", b"x"), (b"authorization", b"BEARER  abc ")]) == b"abc"
    with pytest.raises(MissingCredentials):
        bearer_text([])
    with pytest.raises(InvalidCredentials):
        bearer_text([(b"authorization", b"Bearer " + b"a" * 16_385)])
    with pytest.raises(BadCredentials):
        bearer_text([(b"authorization", b""), (b"authorization", b"Bearer a")])


async def test_texts_of_refusals_are_vbc_s(installation: Installation) -> None:
    """The messages clients match on, to the last blank."""
    jwt = installation.sign(installation.row())
    await installation.change("application", unsubscribe)

    answer = await installation.call("/things/1", jwt)

    assert answer.json() == {
        "code": "900908",
        "message": "Resource forbidden ",
        "description": "User is NOT authorized to access the Resource. "
        "API Subscription validation failed.",
    }
    assert jwt.encode() not in answer.body
    assert b"things" not in answer.body
