"""Sign-in: whose name was typed, and how failures slow the next try down.

An attempt is counted before its password is looked at, so that guesses sent side by side do not
get through together. Attempts during a pause are not counted: nobody can be kept out for longer
than the cap by hammering. A browser in which a person has signed in before has a count of its own,
so that strangers' failures do not keep that person out.
"""

import msgspec

FREE = 5
"""How many failures cost nothing."""

CAP = 900
"""The longest pause, in seconds."""

FORGET = 86_400
"""How long after the last counted attempt, in seconds, failures are forgotten altogether."""

LONGEST_LOGIN = 320
_FURTHEST = 10  # 2**10 s is over the cap


class Failures(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of one name; times are seconds since the epoch."""

    failures: int = 0
    last_at: int = 0
    locked_until: int = 0


NONE = Failures()


class KnownBrowser(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that people have signed in with; ``people`` are their ids, the newest first."""

    id: int
    people: tuple[int, ...] = ()

    def with_person(self, person: int) -> "KnownBrowser":
        """Return it with one more person."""
        others = tuple(other for other in self.people if other != person)
        return KnownBrowser(id=self.id, people=(person, *others))


def attempt(before: Failures, now: int) -> Failures | None:
    """Count an attempt as a failure ahead of its outcome; ``None`` while the name is paused.

    After ``FREE`` failures each further one doubles the pause, from one second up to ``CAP``. Every
    hour of quiet takes one failure off. A pause longer than the cap is of a clock that was wrong.
    """
    if now < before.locked_until <= now + CAP:
        return None
    quiet = max(0, now - before.last_at)
    failures = 0 if quiet >= FORGET else max(0, before.failures - quiet // 3_600)
    failures += 1
    return Failures(failures=failures, last_at=now, locked_until=now + _pause(failures))


def _pause(failures: int) -> int:
    over = failures - FREE
    return 0 if over < 0 else min(CAP, 2 ** min(over, _FURTHEST))


def login_of(typed: str, tenant: str) -> str:
    """Return the login without its realm: the last ``@tenant``, in any case of letters, once.

    A login may be an e-mail address itself, so no other ``@`` means anything.
    """
    login = typed.strip()
    realm = f"@{tenant}"
    if login.casefold().endswith(realm.casefold()) and len(login) > len(realm):
        return login[: -len(realm)]
    return login


def counted_as(person: int | None, login: str, browser: KnownBrowser | None) -> str:
    """Return the name attempts are counted under.

    One for a person whatever was typed, another for the same person in a browser they are known
    by, and the folded login when nobody has it.
    """
    if person is None:
        return f"login:{login.strip().casefold()[:LONGEST_LOGIN]}"
    if browser is not None and person in browser.people:
        return f"person:{person}:browser:{browser.id}"
    return f"person:{person}"
