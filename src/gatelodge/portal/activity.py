"""The activity log's lines in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gatelodge.storage.audit import Event

_WORDS = {
    "application.create": "Application added",
    "application.update": "Application changed",
    "application.block": "Application blocked",
    "application.unblock": "Application unblocked",
    "keys.generate": "{environment} keys generated",
    "keys.change": "{environment} key configuration changed",
    "keys.delete": "{environment} keys deleted",
    "keys.test-token": "{environment} test token issued",
    "secret.add": "{environment} secret ending in {tail} generated",
    "secret.revoke": "{environment} secret ending in {tail} revoked",
    "tokens.end-family": "{environment} tokens of one sign-in ended: {why}",
    "tokens.end-one": "{environment} access token ended: {why}",
    "subscription.add": "Subscribed to {api} under {plan}",
    "subscription.change": "Plan for {api} changed to {plan}",
    "subscription.remove": "Unsubscribed from {api}",
    "subscription.approve": "Scopes of {api} approved; approved now: {scopes}",
    "subscription.withdraw": "Approved scopes of {api} taken back; approved now: {scopes}",
    "subscription.block": "Subscription to {api} blocked",
    "subscription.unblock": "Subscription to {api} unblocked",
}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line as it is shown; ``changes`` says of each field what it was and what it is."""

    text: str
    changes: tuple[str, ...]
    actor: str
    address: str
    at: int


def lines(events: Sequence[Event]) -> Sequence[Line]:
    """Return events in words, in the order given."""
    return [
        Line(
            text=_text(event),
            changes=tuple(_changes(event)),
            actor=event.actor_name,
            address=event.address,
            at=event.at,
        )
        for event in events
    ]


def _changes(event: Event) -> Iterator[str]:
    # Of what is new or gone the text says enough.
    if event.before is None or event.after is None:
        return
    for name, value in event.before.items():
        words = name.replace("_", " ").capitalize()
        yield f"{words}: {_shown(value)} → {_shown(event.after.get(name))}"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None or value == "" else str(value)


def _text(event: Event) -> str:
    words = _WORDS.get(event.act)
    if words is None:
        return event.act
    return words.format_map(_Detail(event.detail))


class _Detail(dict[str, str]):
    """A line's detail for filling in; what an older version did not write is left out."""

    def __init__(self, detail: Mapping[str, Any]) -> None:
        super().__init__({name: str(value) for name, value in detail.items()})
        if "environment" in self:
            self["environment"] = self["environment"].capitalize()

    def __missing__(self, name: str) -> str:
        return ""
