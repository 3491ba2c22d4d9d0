"""Guesses at consumer secrets are counted, slowed down and forgotten."""

from gatelodge.authserver.guesses import ADDRESS, CLIENT, PAIR, Guesses

NOW = 1_800_000_000


def guess(guesses: Guesses, times: int, client_id: str = "key", address: str = "192.0.2.1") -> None:
    """Send wrong secrets in one second."""
    for _ in range(times):
        guesses.fail(client_id, address, NOW)


def test_a_client_at_an_address_has_to_wait() -> None:
    """After the burst, for the time one guess takes to be forgotten; elsewhere it has not."""
    guesses = Guesses()
    guess(guesses, PAIR.burst - 1)
    assert guesses.pause("key", "192.0.2.1", NOW) == 0
    guess(guesses, 100)
    assert guesses.pause("key", "192.0.2.1", NOW) == 2
    assert guesses.pause("key", "192.0.2.1", NOW + 2) == 0
    assert guesses.pause("key", "192.0.2.2", NOW) == 0
    assert guesses.pause("other", "192.0.2.1", NOW) == 0


def test_an_address_has_to_wait_whatever_it_guesses_at() -> None:
    """Going from client to client does not help."""
    guesses = Guesses()
    for number in range(ADDRESS.burst):
        guess(guesses, 1, f"key {number}")
    assert guesses.pause("another", "192.0.2.1", NOW) == 1
    assert guesses.pause("another", "192.0.2.2", NOW) == 0


def test_a_client_has_to_wait_whoever_guesses() -> None:
    """Going from address to address does not help either."""
    guesses = Guesses()
    for number in range(CLIENT.burst):
        guess(guesses, 1, address=f"address {number}")
    assert guesses.pause("key", "192.0.2.1", NOW) == 1
    assert guesses.pause("other", "192.0.2.1", NOW) == 0


def test_what_is_remembered_has_an_end() -> None:
    """Ten thousand names at most, the longest known forgotten first; long names are cut."""
    guesses = Guesses()
    for number in range(10_001):
        guesses.prove("key", str(number))
        guesses.fail("x" * 5_000, str(number), NOW)
    assert not guesses.proven("key", "0")
    assert guesses.proven("key", "10000")
    assert len(guesses._pairs.levels) == 10_000
    assert ("x" * 64, "10000") in guesses._pairs.levels
