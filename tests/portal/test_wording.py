"""Times and lengths of time in words, addresses that stay on the site."""

import pytest

from gatelodge.portal import places, wording
from gatelodge.portal.activity import lines
from gatelodge.storage.audit import Event
from tests.portal.conftest import NOW, PROVISIONING


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (90, "90 seconds"),
        (60, "1 minute"),
        (3_600, "1 hour"),
        (86_400, "24 hours"),
        (604_800, "7 days"),
        (0, "0 seconds"),
    ],
)
def test_lengths_in_words(seconds: int, words: str) -> None:
    """The largest whole unit is used; a day is told in hours."""
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "just now"),
        (NOW - 44, "just now"),
        (NOW + 30, "in a moment"),
        (NOW - 46, "46 seconds ago"),
        (NOW - 59, "1 minute ago"),
        (NOW - 3_600, "1 hour ago"),
        (NOW + 86_390, "in 1 day"),
        (NOW - 10 * 86_400, "10 days ago"),
    ],
)
def test_moments_in_words(moment: int, words: str) -> None:
    """Moments are told as seen from now."""
    assert wording.relative(moment, NOW) == words


def test_the_exact_time_is_kept() -> None:
    """The element carries the exact time for machines and as a title."""
    element = wording.time_element(NOW - 60, NOW)
    assert 'datetime="2027-01-15T07:59:00+00:00"' in element
    assert 'title="15 January 2027, 07:59 UTC"' in element


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
