"""The job that sends what waits in the outbox, and tries again what was not taken."""

from urllib.parse import urlencode

import structlog

from gatelodge.identity import letters as rules
from gatelodge.identity.letters import Letter, LetterKind
from gatelodge.identity.people import Person
from gatelodge.identity.resets import LIFETIME
from gatelodge.mail.delivery import Delivery, NotDelivered, Rejected
from gatelodge.mail.messages import Facts, Unsendable, Writer
from gatelodge.operations import invites, resets
from gatelodge.operations.actor import Act, Actor
from gatelodge.settings import Secrets, Settings
from gatelodge.storage import outbox, people
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store
from gatelodge.web.clock import Clock

_AT_ONCE = 20
_ACTOR = Actor(kind="system", name="mail")
_log = structlog.get_logger(__name__)


class Postman:
    """Sends letters; without a ``delivery`` mail is off, and letters are dropped."""

    def __init__(
        self, settings: Settings, secrets: Secrets, store: Store, delivery: Delivery | None
    ) -> None:
        self._settings = settings
        self._writer = Writer(settings)
        self._reset_key = secrets.derive(resets.DIGEST)
        self._invite_key = secrets.derive(invites.DIGEST)
        self._store = store
        self._delivery = delivery

    async def send_due(self, clock: Clock) -> None:
        """Send everything that is due; each letter is this node's from its claim on."""
        for letter in await self._store.read(outbox.due, clock(), _AT_ONCE):
            now = clock()
            if await self._store.write(outbox.claim, letter, now + rules.LEASE):
                await self._send(letter, now)

    async def _send(self, letter: Letter, now: int) -> None:
        facts = None
        if self._delivery is not None and letter.person_id is not None:
            facts = await self._store.write(self._facts, letter, now)
        if facts is not None and self._delivery is not None:
            try:
                await self._delivery.deliver(self._writer.write(facts))
            except (Unsendable, Rejected) as error:
                _log.warning("mail_rejected", letter=letter.kind, cause=str(error))
            except NotDelivered as error:
                if await self._put_off(letter, now, str(error)):
                    return
        await self._store.write(outbox.remove, letter.id)

    async def _put_off(self, letter: Letter, now: int, cause: str) -> bool:
        """Let a letter wait for its next try; false when it has waited long enough."""
        until = rules.next_try(letter, now)
        _log.warning("mail_not_sent", letter=letter.kind, cause=cause, given_up=until is None)
        if until is None:
            return False
        await self._store.write(outbox.put_off, letter.id, until)
        return True

    def _facts(self, conn: Connection, letter: Letter, now: int) -> Facts | None:
        """Return what to write, a fresh link in it; ``None`` when there is nobody to write to."""
        person = people.find(conn, letter.person_kind, letter.person_id or 0)
        if person is None or not person.email:
            return None
        act = Act(actor=_ACTOR, now=now, ids=self._store.ids)
        link = self._link(conn, act, letter.kind, person)
        if link is None:
            return None
        at_tenant = f"@{self._settings.tenant}" if person.kind == "user" else ""
        return Facts(
            kind=letter.kind,
            email=person.email,
            name=person.name,
            login=person.login + at_tenant,
            link=self._settings.issuer + link[0],
            at=letter.created_at,
            until=link[1],
        )

    def _link(
        self, conn: Connection, act: Act, kind: LetterKind, person: Person
    ) -> tuple[str, int] | None:
        """Return the link of a letter and until when it works."""
        if kind == "invite":
            invited = invites.link_again(conn, act, self._invite_key, person.id)
            return None if invited is None else (f"/invite/{invited.text}", invited.expires_at)
        if not person.active:
            return None
        place = resets.PLACES[person.kind]
        if kind == "password-changed":
            return f"{place}/forgot", 0
        text = resets.make_link(conn, act, self._reset_key, person)
        return f"{place}/reset?{urlencode({'link': text})}", act.now + LIFETIME
