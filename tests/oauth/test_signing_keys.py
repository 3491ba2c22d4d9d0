"""The schedule of signing keys: published a day before they sign, verifying until all expired."""

from gatelodge.oauth.clients import LONGEST_LIFETIME
from gatelodge.oauth.signing_keys import (
    PUBLISHED_BEFORE,
    VERIFIES_AFTER,
    Standing,
    State,
    Steps,
    due,
    revoked,
    rotated,
    signs_from,
)

NOW = 1_800_000_000
PERIOD = 90 * 86_400


def key(id_: int, state: State, since: int = NOW) -> Standing:
    """Return a key's standing."""
    return Standing(id=id_, algorithm="ES256", state=state, since=since)


def test_an_installation_without_keys_gets_one_that_signs() -> None:
    """The first key has nobody to tell beforehand."""
    steps = due([], NOW, PERIOD)
    assert steps == Steps(make="active")
    assert steps


def test_nothing_is_due_while_a_key_is_young() -> None:
    """Between rotations there is nothing to do."""
    assert not due([key(1, "active")], NOW + PERIOD - PUBLISHED_BEFORE - 1, PERIOD)


def test_the_next_key_is_published_a_day_early() -> None:
    """A day before the period ends a coming key is made, and only one."""
    day_before = NOW + PERIOD - PUBLISHED_BEFORE
    assert due([key(1, "active")], day_before, PERIOD) == Steps(make="coming")
    assert not due([key(1, "active"), key(2, "coming", day_before)], day_before, PERIOD)


def test_a_coming_key_signs_after_its_day() -> None:
    """It is promoted, the one before retires; a second coming one has signed nothing and goes."""
    keys = [key(1, "active"), key(2, "coming"), key(3, "coming")]
    assert not due(keys, NOW + PUBLISHED_BEFORE - 1, PERIOD)
    steps = due(keys, NOW + PUBLISHED_BEFORE, PERIOD)
    assert steps == Steps(promote=3, retire=(1,), drop=(2,))
    assert signs_from(keys[2]) == NOW + PUBLISHED_BEFORE


def test_a_retiring_key_verifies_until_what_it_signed_has_expired() -> None:
    """It goes only when the longest lifetime has passed since it stopped signing."""
    keys = [key(1, "retiring"), key(2, "active", NOW + LONGEST_LIFETIME)]
    assert not due(keys, NOW + VERIFIES_AFTER - 1, 2 * PERIOD)
    assert due(keys, NOW + VERIFIES_AFTER, 2 * PERIOD) == Steps(drop=(1,))
    assert VERIFIES_AFTER > LONGEST_LIFETIME


def test_of_two_active_keys_the_older_retires() -> None:
    """Two nodes that started together leave one key that signs."""
    assert due([key(1, "active"), key(2, "active")], NOW, PERIOD) == Steps(retire=(1,))


def test_rotating_by_hand() -> None:
    """A coming key is made once; at once the coming one or a fresh one signs."""
    active, coming = key(1, "active"), key(2, "coming")
    assert rotated([active], at_once=False) == Steps(make="coming")
    assert not rotated([active, coming], at_once=False)
    assert rotated([active], at_once=True) == Steps(make="active", retire=(1,))
    assert rotated([active, coming], at_once=True) == Steps(promote=2, retire=(1,))
    assert rotated([], at_once=False) == Steps(make="active")


def test_revoking() -> None:
    """The key goes; if it signed, the coming one or a fresh one signs now."""
    retiring, active, coming = key(1, "retiring"), key(2, "active"), key(3, "coming")
    assert revoked([retiring, active], 1) == Steps(drop=(1,))
    assert revoked([retiring, active], 2) == Steps(make="active", drop=(2,))
    assert revoked([active, coming], 2) == Steps(promote=3, drop=(2,))
    assert revoked([active, coming], 3) == Steps(drop=(3,))
