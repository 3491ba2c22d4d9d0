"""One user's tokens of one application: kept fresh by one refresh at a time, wherever it runs.

Single flight across threads, tasks and processes: whoever wants to renew takes the lock of the key
(token URL, client, user), reads the store again, and renews only if nobody did meanwhile. All
methods that reach outside are flows; ``Client`` and ``AsyncClient`` drive them.
"""

import hashlib
import logging
import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from gatelodge_client import repeating, token_endpoint
from gatelodge_client.errors import (
    GatelodgeError,
    PasswordRefused,
    SignInFailed,
    SignInRequired,
    StoreFailed,
)
from gatelodge_client.flow import Flow, Wait, work
from gatelodge_client.grants import Grant, Password
from gatelodge_client.retrying import Retrying
from gatelodge_client.settings import Settings
from gatelodge_client.store.places import Lock, Store
from gatelodge_client.tokens import Halt, Record, TokenSet

_LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.05
_LOCK_SECONDS = 120.0
# After a renewal that failed while the access token still lives, leave the server alone so long.
_QUIET_SECONDS = 30.0
_REPEATABLE = frozenset(("refresh_token", "client_credentials"))


class Interactive(Protocol):
    """A way to tokens that needs a person; see ``Browser`` and ``Device``."""

    def sign_in(self, session: "Session") -> Flow[TokenSet]:
        """Return the tokens; ``session.exchange`` asks the token endpoint."""


class Session:
    """Keeps one user's tokens in ``store`` and renews them before they end.

    ``grant`` is used whenever there is no refresh token; without one somebody signs in. ``user``
    tells users of one store apart; a grant names its own.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        grant: Grant | None = None,
        user: str = "",
        retrying: Retrying | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.store = store
        self.now = now
        self.key = store_key(settings, user or (grant.user(settings) if grant else ""))
        self._grant = grant
        self._rules = retrying or Retrying()
        self._held: TokenSet | None = None
        self._quiet_until = 0.0
        self._unhelpful = ""

    def fresh(self) -> Flow[TokenSet]:
        """Return tokens with life left, renewed first where that is due."""
        held, now = self._held, self.now()
        if held is not None and (held.is_fresh(now) or self._is_quiet(held, now)):
            return held
        return (yield from self._renewed(refused=None))

    def replaced(self, refused: str) -> Flow[TokenSet | None]:
        """Return other tokens than the access token an API ``refused``.

        None when that access token was itself the answer to a refusal: renewing does not help, and
        a client that goes on renewing hammers the server.
        """
        if refused == self._unhelpful:
            return None
        return (yield from self._renewed(refused=refused))

    def note_refused(self, access_token: str) -> None:
        """Remember that an access token was refused although it was just renewed."""
        self._unhelpful = access_token

    def sign_in(self, how: Grant | Interactive) -> Flow[TokenSet]:
        """Sign in now, whatever was stored or halted before, and keep the tokens."""
        if isinstance(how, Password):
            held = yield from self._by_grant(how)
        elif hasattr(how, "sign_in"):
            held = yield from how.sign_in(self)
        else:
            held = yield from self.exchange(how.form(self.settings))
        lock = yield from self._locked()
        try:
            yield from self._save(Record(held=held))
        finally:
            lock.release()
        return held

    def sign_out(self) -> Flow[None]:
        """Forget the tokens here, and revoke them at the server; forgetting always succeeds."""
        record = yield from self.record()
        yield from work(lambda: self.store.delete(self.key))
        self._held = None
        if record.held is not None:
            yield from self._revoke(record.held)

    def resume(self) -> Flow[None]:
        """Let a refused password be tried again."""
        record = yield from self.record()
        yield from self._save(msgspec.structs.replace(record, halt=None))

    def record(self) -> Flow[Record]:
        """Return what the store keeps."""
        content = yield from work(lambda: self.store.load(self.key))
        if content is None:
            return Record()
        try:
            return msgspec.json.decode(content, type=Record)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise StoreFailed(
                f"What is stored in {self.store.where} is not ours", hint="Sign out and in again."
            ) from error

    def exchange(self, form: dict[str, str]) -> Flow[TokenSet]:
        """Ask the token endpoint once more than nothing, repeating only what is safe to repeat."""
        request = token_endpoint.request(self.settings, self.settings.token_url, form)
        is_repeatable = form["grant_type"] in _REPEATABLE
        answer = yield from repeating.asked(
            request, self._rules, is_repeatable=is_repeatable, now=self.now
        )
        return token_endpoint.read(
            answer, self.settings, form.get("scope", self.settings.scope), self.now()
        )

    def _is_quiet(self, held: TokenSet, now: float) -> bool:
        return now < self._quiet_until and held.lives(now)

    def _renewed(self, *, refused: str | None) -> Flow[TokenSet]:
        lock = yield from self._locked()
        try:
            record = yield from self.record()
            held, now = record.held, self.now()
            if held is not None and held.access_token != refused and held.is_fresh(now):
                self._held = held
                return held
            try:
                return (yield from self._obtained(record))
            except GatelodgeError as error:
                if held is None or refused is not None or not held.lives(now):
                    raise
                _LOG.warning("could not renew in time, the access token is still used: %s", error)
                self._held, self._quiet_until = held, now + _QUIET_SECONDS
                return held
        finally:
            lock.release()

    def _obtained(self, record: Record) -> Flow[TokenSet]:
        """Renew by refresh token, else by the grant; the caller holds the lock."""
        held = record.held
        if held is not None and held.refresh_token and held.token_url == self.settings.token_url:
            renewed = yield from self._refreshed(record, held, held.refresh_token)
            if renewed is not None:
                return renewed
        if self._grant is None:
            raise SignInRequired("Nobody is signed in, or the sign-in has ended.")
        if record.halt is not None and isinstance(self._grant, Password):
            raise PasswordRefused(record.halt.message, code=record.halt.code)
        got = yield from self._by_grant(self._grant)
        yield from self._save(Record(held=got))
        return got

    def _refreshed(
        self, record: Record, held: TokenSet, refresh_token: str
    ) -> Flow[TokenSet | None]:
        """Spend the refresh token; None when it is refused for good.

        Nothing is forgotten because of a failure: only ``invalid_grant`` ends a refresh token.
        """
        try:
            got = yield from self.exchange(
                {"grant_type": "refresh_token", "refresh_token": refresh_token}
            )
        except SignInFailed as error:
            if error.code != "invalid_grant":
                raise
            _LOG.info("the refresh token was refused: %s", error.message)
            latest = (yield from self.record()).held
            if latest is not None and latest != held and latest.is_fresh(self.now()):
                self._held = latest
                return latest
            ended = msgspec.structs.replace(held, refresh_token=None)
            yield from self._save(msgspec.structs.replace(record, held=ended))
            return None
        if got.refresh_token is None:
            got = msgspec.structs.replace(got, refresh_token=refresh_token)
        yield from self._save(msgspec.structs.replace(record, held=got))
        return got

    def _by_grant(self, grant: Grant) -> Flow[TokenSet]:
        """Use a grant once; a refused password is written down before the error leaves."""
        try:
            return (yield from self.exchange(grant.form(self.settings)))
        except SignInFailed as error:
            if error.code != "invalid_grant" or not isinstance(grant, Password):
                raise
            halt = Halt(at=self.now(), code=error.code, message=error.message)
            record = yield from self.record()
            yield from self._save(msgspec.structs.replace(record, halt=halt))
            raise PasswordRefused(
                error.message,
                code=error.code,
                status=error.status or 0,
                request_id=error.request_id,
            ) from error

    def _revoke(self, held: TokenSet) -> Flow[None]:
        form = {"token": held.refresh_token or held.access_token}
        form["token_type_hint"] = "refresh_token" if held.refresh_token else "access_token"
        request = token_endpoint.request(self.settings, self.settings.revoke_url, form)
        answer = yield from repeating.asked(request, self._rules, is_repeatable=True, now=self.now)
        if not answer.is_success:
            raise token_endpoint.refusal(answer, self.now())

    def _save(self, record: Record) -> Flow[None]:
        """Keep a record. Tokens that cannot be stored are still used: they are spent already."""
        self._held = record.held
        try:
            yield from work(lambda: self.store.save(self.key, msgspec.json.encode(record)))
        except StoreFailed as error:
            _LOG.error("tokens could not be stored, another start will have to sign in: %s", error)

    def _locked(self) -> Flow[Lock]:
        lock = self.store.lock(self.key)
        waited = 0.0
        while not lock.try_acquire():
            if waited >= _LOCK_SECONDS:
                raise GatelodgeError(
                    "Somebody else has been renewing these tokens for two minutes",
                    hint="Another process holds the lock; end it if it hangs.",
                )
            yield Wait(_POLL_SECONDS)
            waited += _POLL_SECONDS
        return lock


def store_key(settings: Settings, user: str) -> str:
    """Return the name one user's tokens of one application are kept and locked under."""
    parts = f"{settings.token_url}\n{settings.client_id}\n{user}"
    return hashlib.sha256(parts.encode()).hexdigest()[:40]
