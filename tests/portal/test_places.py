"""Addresses that stay on the site; the activity log in words."""

from typing import Any

import pytest

from gatelodge.portal import places
from gatelodge.portal.activity import lines
from gatelodge.storage.audit import Event
from tests.portal.conftest import NOW, PROVISIONING


def test_api_addresses_carry_their_context() -> None:
    """An address written for an API leads back to its context."""
    assert places.api(PROVISIONING, "documentation") == "/apis/provisioning/v1/documentation"
    assert places.context("a~b") == "/a/b"


@pytest.mark.parametrize("path", ["/a?b=c#d", "/applications/1"])
def test_own_addresses_are_kept(path: str) -> None:
    """An address of this site is followed as it is."""
    assert places.local(path) == path


@pytest.mark.parametrize("path", ["", "a", "//x", "/\\x", "/\n/x", "https://x", "/\u2028x"])
def test_foreign_addresses_are_not(path: str) -> None:
    """Everything else leads to the list of applications."""
    assert places.local(path) == places.HOME


def test_activity_in_words() -> None:
    """Known acts have sentences, unknown ones their own name, missing details nothing."""

    def event(act: str, **detail: object) -> Event:
        return Event(
            id=1,
            at=NOW,
            actor_kind="developer",
            actor_id=1,
            actor_name="dev",
            address="",
            act=act,
            object_kind="application",
            object_id=1,
            detail=detail,
        )

    texts = [
        line.text
        for line in lines(
            [
                event("keys.generate", environment="sandbox"),
                event("subscription.add", api="Weather v1"),
                event("something.new"),
            ]
        )
    ]
    assert texts == ["Sandbox keys generated", "Subscribed to Weather v1 under ", "something.new"]


def test_what_an_act_changed_in_words() -> None:
    """Each field says what it was and is; of what is new or gone the sentence says enough."""

    def changes(before: dict[str, Any] | None, after: dict[str, Any] | None) -> tuple[str, ...]:
        event = Event(
            id=1,
            at=NOW,
            actor_kind="developer",
            actor_id=1,
            actor_name="dev",
            address="",
            act="keys.change",
            object_kind="application",
            object_id=1,
            detail={},
            before=before,
            after=after,
        )
        return lines([event])[0].changes

    assert changes(None, {"a": 1}) == changes({"a": 1}, None) == changes(None, None) == ()
    assert changes({"grant_types": ["a", "b"], "jwks": ""}, {"grant_types": [], "jwks": {}}) == (
        "Grant types: a, b → none",
        "Jwks: none → {}",
    )
