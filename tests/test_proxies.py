"""Whose address a request came from: what trusted proxies wrote, and nothing that callers say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge import proxies

TRUSTED = proxies.networks("10.0.0.0/8, 127.0.0.1, 2001:db8::/32")


def _from(peer: str, *said: str) -> str:
    headers = [(b"host", b"login.example"), *((b"x-forwarded-for", each.encode()) for each in said)]
    return proxies.client_address(peer, headers, TRUSTED)


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        ("203.0.113.9", (), "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.1",), "203.0.113.9"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("192.0.2.66, 198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("192.0.2.66, 198.51.100.1, 10.0.0.2",), "198.51.100.1"),
        ("10.0.0.1", ("192.0.2.66, 198.51.100.1", "10.0.0.2"), "198.51.100.1"),
        ("10.0.0.1", ("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        ("10.0.0.1", ("198.51.100.1, unknown, 10.0.0.2",), "10.0.0.2"),
        ("10.0.0.1", ("unknown",), "10.0.0.1"),
        ("10.0.0.1", ("",), "10.0.0.1"),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("2001:db8::1", ("[2001:0:0::7]",), "2001::7"),
        ("127.0.0.1", ("fe80::1%eth0",), "fe80::1"),
        ("a-socket", ("198.51.100.1",), "a-socket"),
        ("10.0.0.1", (",".join(["192.0.2.66"] + ["10.0.0.2"] * 40),), "10.0.0.2"),
    ],
)
def test_the_first_address_no_trusted_proxy_has(
    peer: str, said: tuple[str, ...], address: str
) -> None:
    """Read from the end, over several lines of the header, and never past what is no address."""
    assert _from(peer, *said) == address


@given(st.text())
def test_what_a_caller_writes_ahead_changes_nothing(forged: str) -> None:
    """A proxy appends the address it sees: whatever stood there before is the caller's word."""
    said = forged.encode("latin-1", errors="replace").decode("latin-1")
    headers = [(b"x-forwarded-for", said.encode("latin-1") + b", 198.51.100.1")]
    assert proxies.client_address("10.0.0.1", headers, TRUSTED) == "198.51.100.1"


@pytest.mark.parametrize("value", ["", " ", "10.0.0.0/8", "127.0.0.1, ::1"])
def test_lists_that_can_be_read(value: str) -> None:
    """Addresses and networks of both families; nobody is trusted by default."""
    assert proxies.problem(value) is None


@pytest.mark.parametrize("value", ["proxy.example", "10.0.0.1/8", "10.0.0.0/33", "*"])
def test_lists_that_cannot(value: str) -> None:
    """What is wrong is named; a name is none, because who owns it may change."""
    assert value in (proxies.problem(value) or "")


@pytest.mark.parametrize(
    ("peer", "said", "is_plain"),
    [
        ("10.0.0.1", ("http",), True),
        ("10.0.0.1", ("https, HTTP ",), True),
        ("10.0.0.1", ("http", "https"), False),
        ("10.0.0.1", ("https",), False),
        ("10.0.0.1", (), False),
        ("203.0.113.9", ("http",), False),
        ("a-socket", ("http",), False),
    ],
)
def test_what_came_in_the_clear(peer: str, said: tuple[str, ...], *, is_plain: bool) -> None:
    """The nearest trusted proxy's word; nobody else's, and silence says nothing."""
    headers = [(b"x-forwarded-proto", each.encode()) for each in said]
    assert proxies.came_in_the_clear(peer, headers, TRUSTED) is is_plain
