"""The job that sends: nothing is lost, nothing is sent twice by two nodes, dead letters end."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, func, select

from gatelodge.identity.developers import Developer
from gatelodge.identity.letters import Letter, LetterKind
from gatelodge.mail.delivery import NotDelivered, Rejected
from gatelodge.mail.files import MOST, Files
from gatelodge.mail.postman import Postman
from gatelodge.operations import invites, resets
from gatelodge.settings import Secrets, Settings
from gatelodge.storage import developers, outbox
from gatelodge.storage.engine import Store
from gatelodge.storage.mail_schema import outbox as table

NOW = 1_800_000_000
SECRETS = Secrets(bytes(32))


class Recorder:
    """Takes messages, or fails as it is told."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.failure: NotDelivered | None = None

    async def deliver(self, message: EmailMessage) -> None:
        """Take one."""
        if self.failure is not None:
            raise self.failure
        self.taken.append(message)

    def text(self) -> str:
        """Return the newest message as text."""
        body = self.taken[-1].get_body(("plain",))
        assert body is not None
        text: str = body.get_content()
        return text


class Post(msgspec.Struct):
    """A store, its postman and where he delivers."""

    store: Store
    recorder: Recorder
    postman: Postman
    now: int = NOW

    async def queue(self, kind: LetterKind, person_id: int | None) -> None:
        """Put a letter to a developer in."""
        letter = Letter(
            id=self.store.ids.next(),
            kind=kind,
            person_kind="developer",
            person_id=person_id,
            created_at=self.now,
            next_at=self.now,
        )
        await self.store.write(outbox.add, letter)

    async def send(self) -> int:
        """Send what is due and return how many letters are left."""
        await self.postman.send_due(lambda: self.now)
        return await self.store.read(left)


def left(conn: Connection) -> int:
    """Count the letters."""
    return conn.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture
async def post(database_url: str) -> AsyncIterator[Post]:
    """A postman and developers: 1 active, 2 invited, 3 disabled, 4 without an address."""
    store = await Store.open(database_url)
    states = (
        ("a@x.org", "active"),
        ("i@x.org", "invited"),
        ("d@x.org", "disabled"),
        ("", "active"),
    )
    for id_, (email, state) in enumerate(states, 1):
        person = Developer(
            id=id_,
            email=email,
            name="Ada",
            roles=frozenset(),
            state=state,  # type: ignore[arg-type] # the literals above are states
            password_hash="hash",
            created_at=NOW,
        )
        await store.write(developers.add, person)
    recorder = Recorder()
    yield Post(store, recorder, Postman(Settings(), SECRETS, store, recorder))
    await store.close()


async def test_a_reset_carries_a_link_made_when_it_is_sent(post: Post) -> None:
    """The link opens, its time begins with the sending, and the letter is gone."""
    await post.queue("reset", 1)
    post.now += 3_000
    assert await post.send() == 0
    assert post.recorder.taken[-1]["To"] == "a@x.org"
    link = post.recorder.text().partition("link=")[2].split()[0]
    key = SECRETS.derive(resets.DIGEST)
    person = await post.store.read(resets.look, key, "developer", link, post.now + 1_799)
    assert person.id == 1


async def test_an_invitation_carries_a_link(post: Post) -> None:
    """It opens the page of the invited developer."""
    await post.queue("invite", 2)
    assert await post.send() == 0
    link = post.recorder.text().partition("/invite/")[2].split()[0]
    key = SECRETS.derive(invites.DIGEST)
    assert (await post.store.read(invites.look, key, link, post.now)).id == 2


async def test_a_notice_leads_to_a_new_password(post: Post) -> None:
    """Who did not change it is led to the page that asks for a link."""
    await post.queue("password-changed", 1)
    assert await post.send() == 0
    assert "http://localhost:8080/login/forgot" in post.recorder.text()


@pytest.mark.parametrize(
    ("kind", "person"),
    [("reset", None), ("reset", 2), ("reset", 3), ("reset", 4), ("reset", 99), ("invite", 1)],
)
async def test_letters_to_nobody_are_dropped(
    post: Post, kind: LetterKind, person: int | None
) -> None:
    """Unknown, not active, without an address, come already: nothing is sent."""
    await post.queue(kind, person)
    assert await post.send() == 0
    assert post.recorder.taken == []


async def test_a_failing_server_loses_nothing(post: Post) -> None:
    """The letter waits longer and longer, and goes out when the server is back."""
    post.recorder.failure = NotDelivered("down")
    await post.queue("reset", 1)
    for pause in (15, 30, 60):
        assert await post.send() == 1
        assert await post.store.read(outbox.due, post.now + pause - 1, 9) == []
        post.now += pause
    post.recorder.failure = None
    assert await post.send() == 0
    assert len(post.recorder.taken) == 1


@pytest.mark.parametrize("failure", [Rejected("550"), NotDelivered("down")])
async def test_a_letter_ends_once_it_is_no_use(post: Post, failure: NotDelivered) -> None:
    """When the server refuses for good, and after a day of failures."""
    post.recorder.failure = failure
    await post.queue("reset", 1)
    post.now += 0 if isinstance(failure, Rejected) else 86_400
    assert await post.send() == 0
    assert post.recorder.taken == []


async def test_two_nodes_send_it_once(post: Post) -> None:
    """A claim is one node's; a node that dies gives the letter up after a while."""
    await post.queue("reset", 1)
    (letter,) = await post.store.read(outbox.due, NOW, 9)
    claims = [await post.store.write(outbox.claim, letter, NOW + 300) for _ in range(2)]
    assert claims == [True, False]
    assert await post.send() == 1
    post.now += 300
    assert await post.send() == 0
    assert len(post.recorder.taken) == 1


async def test_without_mail_nothing_piles_up(post: Post) -> None:
    """Letters are dropped where no mail server is set."""
    post.postman = Postman(Settings(), SECRETS, post.store, None)
    await post.queue("password-changed", 1)
    assert await post.send() == 0


async def test_files_are_private_and_few(tmp_path: Path) -> None:
    """The demo's outbox is its owner's alone and keeps the newest messages."""
    files = Files(tmp_path / "outbox")
    assert files.newest() == []
    for number in range(MOST + 2):
        message = EmailMessage()
        message["Subject"] = f"Letter {number}"
        message.set_content("words")
        await files.deliver(message)
    shown = files.newest()
    assert [len(shown), shown[0].subject] == [MOST, f"Letter {MOST + 1}"]
    written = list((tmp_path / "outbox").iterdir())
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
    (tmp_path / "file").write_text("")
    with pytest.raises(NotDelivered):
        await Files(tmp_path / "file").deliver(message)
