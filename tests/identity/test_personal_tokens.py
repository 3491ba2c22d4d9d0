"""Personal access tokens: what may be asked for, and what one allows."""

import msgspec
import pytest

from gatelodge.identity import personal_tokens as rules
from gatelodge.identity.errors import Invalid
from gatelodge.identity.personal_tokens import PersonalToken, Wanted

GOOD = Wanted(name="  My   program ", scopes=frozenset({"keys:write"}))
STORED = PersonalToken(
    id=1,
    developer_id=2,
    digest=b"",
    tail="abcd",
    name="x",
    scopes=frozenset({"keys:write", "audit:read"}),
    created_at=0,
    expires_at=100,
)


@pytest.mark.parametrize(
    ("life", "days", "seconds"),
    [("30", "", 2_592_000), ("365", "9", 31_536_000), ("custom", " 7 ", 604_800)],
)
def test_what_may_be_made(life: str, days: str, seconds: int) -> None:
    """Names are tidied; the number of days counts where it was asked for."""
    draft = rules.check(msgspec.structs.replace(GOOD, life=life, days=days), 0)
    assert (draft.name, draft.scopes, draft.seconds) == ("My program", GOOD.scopes, seconds)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": " "}, {"name"}),
        ({"name": "x" * 61}, {"name"}),
        ({"name": "a\u202eb"}, {"name"}),
        ({"scopes": frozenset()}, {"scopes"}),
        ({"scopes": frozenset({"keys:admin"})}, {"scopes"}),
        ({"life": "forever"}, {"life"}),
        ({"life": "custom"}, {"days"}),
        ({"life": "custom", "days": "0"}, {"days"}),
        ({"life": "custom", "days": "366"}, {"days"}),
        ({"life": "custom", "days": "-1"}, {"days"}),
        ({"life": "custom", "days": "٣"}, {"days"}),
        ({"life": "custom", "days": "9" * 5000}, {"days"}),
        ({"name": "", "scopes": frozenset(), "life": ""}, {"name", "scopes", "life"}),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], fields: set[str]) -> None:
    """Each wrong field gets its sentence."""
    with pytest.raises(Invalid) as refused:
        rules.check(msgspec.structs.replace(GOOD, **change), 0)
    assert set(refused.value.problems) == fields


def test_there_is_an_end() -> None:
    """A developer has a limited number of them."""
    rules.check(GOOD, rules.MOST - 1)
    with pytest.raises(Invalid, match="Revoke one"):
        rules.check(GOOD, rules.MOST)


def test_writing_includes_reading_and_nothing_else() -> None:
    """A right to write is one to read the same area; no right reaches into another area."""
    allowed = {scope for scope in rules.SCOPES if STORED.allows(scope)}
    assert allowed == {"keys:read", "keys:write", "audit:read"}
    assert not STORED.allows("audit:write")


def test_it_ends() -> None:
    """At its end it no longer works."""
    assert STORED.alive(99)
    assert not STORED.alive(100)
