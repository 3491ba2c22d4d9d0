"""Device authorization: user codes people can type, and what each poll is told."""

from typing import Any

import pytest

from gatelodge.oauth import device
from gatelodge.oauth.device import Allowance, DeviceCode, Polled
from gatelodge.oauth.errors import (
    AccessDenied,
    AuthorizationPending,
    ExpiredToken,
    InvalidGrant,
    SlowDown,
)
from tests.oauth.records import NOW


def row(**changed: Any) -> DeviceCode:
    """A request nobody has decided about."""
    fields: dict[str, Any] = {
        "id": 81,
        "digest": b"d" * 32,
        "user_code_digest": b"u" * 32,
        "client_row": 11,
        "scope": "openid",
        "resources": "",
        "address": "192.0.2.1",
        "user_agent": "tv/1",
        "issued_at": NOW - 10,
        "expires_at": NOW + 590,
    }
    return DeviceCode(**(fields | changed))


def allowed(**changed: Any) -> DeviceCode:
    """A request somebody has allowed."""
    facts = {"user_id": 22, "family_id": 33, "auth_time": NOW - 5, "amr": "pwd"}
    return row(decision="allowed", **(facts | changed))


def test_a_user_code_has_eight_letters_that_look_like_nothing_else() -> None:
    """Every letter of the alphabet turns up, and no other."""
    codes = {device.user_code(bytes([number]) * 32) for number in range(256)}
    assert {len(code) for code in codes} == {8}
    assert set("".join(codes)) == set("BCDFGHJKLMNPQRSTVWXZ")
    assert len(codes) > 250


@pytest.mark.parametrize(
    "typed",
    [
        "WDJBMJHT",
        "WDJB-MJHT",
        "wdjb mjht",
        " w.d_j-b\u2013mjht\n",
        "WDJB\u2010MJHT",
        "w d j b m j h t",
    ],
)
def test_case_and_separators_make_no_difference(typed: str) -> None:
    """Line 122: however a person copies it."""
    assert device.read_user_code(typed) == "WDJBMJHT"
    assert device.shown("WDJBMJHT") == "WDJB-MJHT"


@pytest.mark.parametrize("typed", ["", "WDJBMJH", "WDJBMJHTT", "WDJBMJHA", "WDJBMJH1", "WDJB/MJHT"])
def test_what_no_user_code_can_be_is_not_looked_up(typed: str) -> None:
    """Too short, too long, other letters."""
    assert device.read_user_code(typed) is None


def test_an_allowed_request_is_for_the_poll_that_spent_it() -> None:
    """The others are told that it is spent."""
    found, allowance = device.judge(Polled(row=allowed(), first=True), NOW)
    assert found == allowed()
    assert allowance == Allowance(user_id=22, family_id=33, auth_time=NOW - 5, amr="pwd")
    for polled in (Polled(row=allowed()), Polled(row=None)):
        with pytest.raises(InvalidGrant):
            device.judge(polled, NOW)


@pytest.mark.parametrize(
    ("polled", "error"),
    [
        (Polled(row=row()), AuthorizationPending),
        (Polled(row=row(polled_at=NOW - 5)), AuthorizationPending),
        (Polled(row=row(polled_at=NOW - 4)), AuthorizationPending),
        (Polled(row=row(polled_at=NOW - 3)), SlowDown),
        (Polled(row=row(polled_at=NOW - 8, interval=10)), SlowDown),
        (Polled(row=row(decision="denied")), AccessDenied),
        (Polled(row=row(expires_at=NOW)), ExpiredToken),
        (Polled(row=row(expires_at=NOW, polled_at=NOW)), ExpiredToken),
        (Polled(row=allowed(expires_at=NOW), first=True), ExpiredToken),
    ],
)
def test_each_poll_is_told_how_things_stand(polled: Polled, error: type[Exception]) -> None:
    """Line 121: the specification's five answers."""
    with pytest.raises(error):
        device.judge(polled, NOW)


def test_the_interval_grows_to_a_minute() -> None:
    """By five seconds each time (RFC 8628 section 3.5)."""
    assert device.slower(row()) == 10
    assert device.slower(row(interval=58)) == 60
    assert device.slower(row(interval=60)) == 60


def test_only_an_undecided_living_request_is_open() -> None:
    """For a person to decide about."""
    assert device.is_open(row(), NOW)
    assert not device.is_open(row(decision="denied"), NOW)
    assert not device.is_open(row(expires_at=NOW), NOW)
