"""What a token endpoint gave, with the times needed to renew it before it ends."""

import msgspec

# Renewed this many seconds before the end: clocks differ, and a call may take a while.
SKEW_SECONDS = 300.0
_UNKNOWN_LIFE = 3600.0


class TokenSet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An access token and what came with it; times are seconds since 1970 by this machine's clock.

    ``token_url`` is where it came from: it is only ever renewed there.
    """

    access_token: str
    token_url: str
    obtained_at: float
    expires_at: float
    refresh_token: str | None = None
    id_token: str | None = None
    scope: str = ""

    def __repr__(self) -> str:
        has = [n for n in ("refresh_token", "id_token") if getattr(self, n)]
        also = f" with {', '.join(has)}" if has else ""
        return f"<TokenSet{also}, scope {self.scope!r}, until {self.expires_at:.0f}>"

    def lives(self, now: float) -> bool:
        """Say whether the access token has not ended yet."""
        return now < self.expires_at

    def is_fresh(self, now: float) -> bool:
        """Say whether there is no reason yet to renew it.

        A short life is used for at least its half: VBC hands out an access token it gave before,
        with whatever is left of its life.
        """
        life = self.expires_at - self.obtained_at
        return now < self.obtained_at + max(life - SKEW_SECONDS, life / 2)


class Halt(msgspec.Struct, frozen=True, kw_only=True):
    """The password was refused; kept so that no later start tries it again."""

    at: float
    code: str
    message: str


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a store keeps for one user of one application."""

    held: TokenSet | None = None
    halt: Halt | None = None


def expiry(now: float, expires_in: float | None) -> float:
    """Return when an access token ends; without ``expires_in`` an hour is assumed."""
    return now + (_UNKNOWN_LIFE if expires_in is None else max(0.0, expires_in))
