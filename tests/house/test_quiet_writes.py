"""Whatever is stored without a line in the activity log is on a list, with its reason."""

import ast
from collections.abc import Iterator

from tests.house.sources import listed, product_modules

ISSUED = "what is issued is counted, not written down one by one: see docs/guides/audit-log.md"
MACHINERY = "bookkeeping of the program, nobody's act"
PART = "one step of an act that has its line"
COUNTED = "attempts are counted; refused ones are in the log"

QUIET = {
    "access_tokens.keep": ISSUED,
    "access_tokens.save": ISSUED,
    "answers.claim": MACHINERY,
    "answers.release": MACHINERY,
    "audit_chain.seal_new": MACHINERY,
    "changes.forget": MACHINERY,
    "device_codes.add": ISSUED,
    "devices.enter": COUNTED,
    "devices.poll": ISSUED,
    "expired.forget": MACHINERY,
    "flashes.add": MACHINERY,
    "flashes.take": MACHINERY,
    "logouts.claim": MACHINERY,
    "logouts.done": MACHINERY,
    "logouts.join": ISSUED,
    "outbox.claim": MACHINERY,
    "outbox.put_off": MACHINERY,
    "outbox.remove": MACHINERY,
    "plans.ensure_standard": "what a first start finds",
    "refresh_tokens.rotate": ISSUED,
    "refresh_tokens.save": ISSUED,
    "ring.drop": MACHINERY,
    "seed.seed": "what the demo finds",
    "self._facts": PART,
    "self._write": "when a secret was last used",
    "sign_in_failures.clear": COUNTED,
    "sign_in_failures.save": COUNTED,
    "_count": COUNTED,
    "spend": PART,
    "spent.spend": PART,
    "stored.save": ISSUED,
    "stored.touch": "when a session was last seen",
    "stored.use": PART,
    "stored_codes.spend": ISSUED,
    "unit": "the management API's, whose acts are in its table",
    "upstream_attempts.add": PART,
    "usage.add": "usage is a table of its own",
}


def _writes() -> Iterator[tuple[str, bool]]:
    """Yield each unit that is stored, as its caller names it, and whether it is given an act."""
    for module in product_modules():
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            owner = ast.unparse(node.func.value).rpartition(".")[2]
            if owner not in {"store", "_store"} or node.func.attr not in {"write", "act"}:
                continue
            given = " ".join(map(ast.unparse, node.args[1:]))
            acts = any(word in given for word in ("act", "when", "self._now("))
            yield ast.unparse(node.args[0]), acts


def test_what_is_stored_without_an_act_is_listed() -> None:
    """A unit is handed the act (which writes its line), or has a reason to be quiet."""
    quiet = {name for name, acts in _writes() if not acts}
    assert quiet == QUIET.keys(), listed(sorted(quiet ^ QUIET.keys()))
