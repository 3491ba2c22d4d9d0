"""Keyed digests: the same for the same, different for anything else."""

from gatelodge.oauth import digests


def test_a_digest_depends_on_key_and_value() -> None:
    """Another key or value gives another digest; comparing is exact."""
    made = digests.digest(b"k", b"v")
    assert len(made) == 32
    assert digests.same(made, digests.digest(b"k", b"v"))
    assert not digests.same(made, digests.digest(b"l", b"v"))
    assert not digests.same(made, digests.digest(b"k", b"w"))


def test_a_successor_is_always_the_same() -> None:
    """The same parent and id give the same secret, another id another one."""
    first = digests.successor(b"k", b"p" * 32, 5)
    assert first == digests.successor(b"k", b"p" * 32, 5)
    assert first != digests.successor(b"k", b"p" * 32, 6)
    assert first != digests.successor(b"k", b"q" * 32, 5)
