"""A directory file is stored whole or not at all, and a second time nothing changes."""

import csv
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from gatelodge.directory.filters import ExtensionFilter
from gatelodge.directory.import_rows import FileRefused
from gatelodge.directory.pages import Page
from gatelodge.operations.actor import Act, command_line
from gatelodge.operations.directory_file import read_file
from gatelodge.operations.directory_import import Outcome, import_rows
from gatelodge.operations.row_spool import RowSpool
from gatelodge.storage import audit, changes, directory_extensions, logouts, schema, users
from gatelodge.storage.engine import Store
from tests.authserver.conftest import USER, add_client
from tests.authserver.conftest import fill as fill_clients
from tests.oauth.records import client

ADDRESS = {"address_1": "1 Main", "city": "Town", "country": "US", "postal_code": "07733"}
HASH = "$argon2id$v=19$m=19456,t=2,p=1$Z2F0ZWxvZGdlLWRlbW8tMQ$" + "a" * 43
NOW = 1_800_000_000

Run = Callable[[Any], Awaitable[Outcome]]


def account(id_: int = 1, *, people: int = 3, **changed: Any) -> dict[str, Any]:
    """Return an account with a location, users and an extension for each."""
    return {
        "id": id_,
        "name": f"Account {id_}",
        "address": ADDRESS,
        "locations": [{"id": id_, "name": "East", "address": {**ADDRESS, "time_zone": "UTC"}}],
        "users": [
            {
                "id": id_ * 1000 + n,
                "login_name": f"user{n}.{id_}",
                "email": f"User{n}@a{id_}.example",
                "first_name": "Ann",
                "last_name": "Lee",
            }
            for n in range(people)
        ],
        "extensions": [
            {
                "external_id": f"e{n}",
                "extension_number": str(100 + n),
                "location_id": id_,
                "user_id": id_ * 1000 + n,
                "dids": [{"phone_number": f"1555555{100 + n:04d}"}],
            }
            for n in range(people)
        ],
        **changed,
    }


def counts(outcome: Outcome) -> dict[str, tuple[int, int, int]]:
    """Return the numbers of an outcome."""
    return {kind: (t.added, t.changed, t.unchanged) for kind, t in outcome.items()}


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An open store on an empty database."""
    opened = await Store.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def run(store: Store, tmp_path: Path) -> Run:
    """Import accounts, or a text as it stands."""

    async def run_import(content: Any) -> Outcome:
        is_csv = isinstance(content, str) and content.startswith("kind")
        path = tmp_path / ("file.csv" if is_csv else "file.json")
        text = content if isinstance(content, str) else json.dumps({"accounts": content})
        path.write_text(text, encoding="utf-8")
        act = Act(actor=command_line("me"), now=NOW, ids=store.ids)
        with RowSpool() as spool:
            read_file(path, "csv" if is_csv else "json", spool, lambda _done, _total: None)
            return await store.write(import_rows, act, spool, lambda _done, _total: None)

    return run_import


async def refused(run: Run, content: Any) -> list[str]:
    """Return the words for what is wrong with an import."""
    with pytest.raises(FileRefused) as caught:
        await run(content)
    return [mistake.message for mistake in caught.value.mistakes]


async def everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Return every stored row of the directory."""

    def rows(conn: Connection) -> dict[str, list[dict[str, Any]]]:
        tables = (schema.accounts, schema.locations, schema.users, schema.extensions)
        return {
            table.name: [dict(row) for row in conn.execute(select(table)).mappings()]
            for table in (*tables, schema.extension_numbers)
        }

    return await store.read(rows)


async def logged(store: Store) -> list[tuple[str, int]]:
    """Return the changes that were logged."""
    return [(change.kind, change.ref) for change in await store.read(changes.since, 0)]


async def test_a_file_is_stored(store: Store, run: Run) -> None:
    """Everything a file names is there afterwards, and caches are told."""
    outcome = await run([account(1), account(2, people=2)])
    assert counts(outcome) == {
        "account": (2, 0, 0),
        "location": (2, 0, 0),
        "user": (5, 0, 0),
        "extension": (5, 0, 0),
    }
    user = await store.read(users.find_by_login, "USER1.1")
    assert user is not None
    assert (user.account_id, user.role, user.state, user.password_hash) == (
        1,
        "member",
        "active",
        None,
    )
    chosen = ExtensionFilter(phone_number="15555550101")
    listed = directory_extensions.list_extensions
    found = await store.read(listed, 2, chosen, Page())
    assert [extension.external_id for extension in found.items] == ["e1"]
    assert await logged(store) == [("directory", 1), ("directory", 2)]


async def test_a_second_run_changes_nothing(store: Store, run: Run) -> None:
    """The same file again adds nothing, changes nothing, and logs nothing."""
    await run([account(1)])
    before = await everything(store)
    outcome = await run([account(1)])
    assert counts(outcome) == {
        "account": (0, 0, 1),
        "location": (0, 0, 1),
        "user": (0, 0, 3),
        "extension": (0, 0, 3),
    }
    assert await everything(store) == before
    assert await logged(store) == [("directory", 1)]


async def test_what_differs_is_changed_and_the_rest_stays(store: Store, run: Run) -> None:
    """Changed rows are replaced, outside numbers with them; what is not named is not removed."""
    await run([account(1)])
    changed = account(1, people=1, name="New", status="SUSPENDED")
    changed["extensions"][0]["dids"] = [{"phone_number": "15555550199", "custom_tag": "Sales"}]
    outcome = await run([changed])
    assert counts(outcome) == {
        "account": (0, 1, 0),
        "location": (0, 0, 1),
        "user": (0, 0, 1),
        "extension": (0, 1, 0),
    }
    rows = await everything(store)
    assert len(rows["users"]) == len(rows["extensions"]) == 3
    assert rows["accounts"][0]["name"] == "New"
    numbers = sorted(row["phone_number"] for row in rows["extension_numbers"])
    assert numbers == ["15555550101", "15555550102", "15555550199"]


async def test_passwords_and_states_stay_unless_given(store: Store, run: Run) -> None:
    """A user who was given a password or disabled stays so when the file says nothing of it."""
    await run([account(1)])
    await store.write(users.set_password, 1000, HASH)
    await store.write(users.set_state, 1001, "disabled")
    outcome = await run([account(1)])
    assert outcome["user"].unchanged == 3
    rows = {row["id"]: row for row in (await everything(store))["users"]}
    assert rows[1000]["password_hash"] == HASH
    assert rows[1001]["state"] == "disabled"


def sign_in(conn: Connection, user_ids: Sequence[int]) -> None:
    """Store a session for each user."""
    conn.execute(
        insert(schema.sessions),
        [
            {
                "id": user_id,
                "digest": b"x",
                "kind": "user",
                "subject_id": user_id,
                "auth_time": NOW,
                "amr": ["pwd"],
                "created_at": NOW,
                "seen_at": NOW,
                "expires_at": NOW + 1000,
                "address": "",
                "user_agent": "",
            }
            for user_id in user_ids
        ],
    )


def take_part(conn: Connection, session_id: int) -> None:
    """Let a client that is told of sign-outs take part in a session."""
    fill_clients(conn)
    add_client(conn, client(backchannel_logout_uri="https://app.example/out"))
    logouts.join(conn, session_id, client().id)


def stored_sessions(conn: Connection) -> list[Any]:
    """Return every session."""
    return list(conn.execute(select(schema.sessions)).mappings())


async def test_a_user_who_is_disabled_is_signed_out(store: Store, run: Run) -> None:
    """Disabling and a new password end sessions and tokens, and applications are told of it."""
    await run([account(1)])
    await store.write(sign_in, (1000, 1001, 1002))
    await store.write(take_part, 1000)
    content = account(1)
    content["users"][0]["state"] = "disabled"
    content["users"][1]["password_hash"] = HASH
    content["users"][2]["first_name"] = "Bea"
    await run([content])
    signed_in = {row["subject_id"] for row in await store.read(stored_sessions)}
    assert signed_in == {1002, USER}
    revoked = {ref for kind, ref in await logged(store) if kind == "revoke_user"}
    assert revoked == {1000, 1001}
    (told,) = await store.write(logouts.claim, NOW + 1, (60,), 9)
    assert (told.session_id, told.user_id, told.client_row) == (1000, 1000, client().id)


async def test_a_file_with_mistakes_stores_nothing(store: Store, run: Run) -> None:
    """One bad row keeps all the good ones out."""
    bad = account(1)
    bad["users"][1]["email"] = "nobody"
    assert await refused(run, [bad]) == ["user email: must be an e-mail address"]
    assert not any((await everything(store)).values())


async def test_contradictions_with_the_store_are_mistakes(store: Store, run: Run) -> None:
    """Names that belong to others, and rows of other accounts, are refused, all of them."""
    await run([account(1), account(2)])
    before = await everything(store)
    stranger = account(3)
    stranger["locations"][0]["id"] = 1
    stranger["users"][0]["id"] = 1000
    stranger["users"][1]["login_name"] = "USER1.1"
    stranger["extensions"][0]["location_id"] = 1
    stranger["extensions"][1]["user_id"] = 2001
    found = await refused(run, [stranger])
    assert "location 1 belongs to account 1" in found
    assert "user 1000 belongs to account 1" in found
    assert "login name USER1.1 belongs to user 1001" in found
    assert "account 3 has no location 1" in found
    assert "account 3 has no user 2001" in found
    assert await everything(store) == before


async def test_an_extension_number_belongs_to_one_extension(run: Run) -> None:
    """A new extension may not take a stored one's number."""
    await run([account(1)])
    content = account(1, people=1)
    content["extensions"][0]["external_id"] = "other"
    assert await refused(run, [content]) == ["extension number 100 belongs to extension e0"]


async def test_rows_may_belong_to_accounts_already_there(store: Store, run: Run) -> None:
    """A CSV file may hold users and extensions only; their account must exist."""
    await run([account(1)])
    text = (
        "kind,account_id,id,login_name,email,first_name,last_name,mobile,external_id,"
        "extension_number,location_id,user_id\n"
        "user,1,77,new,new@a1.example,New,Person,15555550123,,,,\n"
        "extension,1,,,,,,,e77,177,1,77\n"
    )
    assert counts(await run(text))["user"] == (1, 0, 0)
    assert counts(await run(text))["extension"] == (0, 0, 1)
    elsewhere = "".join(text.splitlines(keepends=True)[:2]).replace(",1,77,", ",9,77,")
    assert await refused(run, elsewhere) == [
        "there is no account 9",
        "user 77 belongs to account 1",
    ]


async def test_csv_and_json_say_the_same(store: Store, run: Run) -> None:
    """The same directory in both forms is the same directory."""
    content = account(1)
    await run([content])
    sink = io.StringIO()
    columns = (  # noqa: SIM905 - names read better in lines than in a column
        "kind account_id id name address_1 city country postal_code time_zone login_name email "
        "first_name last_name external_id extension_number location_id user_id dids"
    ).split()
    writer = csv.DictWriter(sink, columns)
    writer.writeheader()
    writer.writerow({"kind": "account", "id": 1, "name": "Account 1", **ADDRESS})
    for kind, name in (("location", "locations"), ("user", "users"), ("extension", "extensions")):
        for item in content[name]:
            row = {"kind": kind, "account_id": 1, **item, **item.get("address", {})}
            row.pop("address", None)
            if "dids" in row:
                row["dids"] = ";".join(did["phone_number"] for did in row["dids"])
            writer.writerow(row)
    outcome = await run(sink.getvalue())
    assert {tally.added + tally.changed for tally in outcome.values()} == {0}


async def test_at_most_a_hundred_mistakes_are_listed(run: Run) -> None:
    """A hopeless file is given up, saying that there is more."""
    bad = account(1, people=150)
    for user in bad["users"]:
        user["email"] = "x"
    with pytest.raises(FileRefused) as caught:
        await run([bad])
    assert (len(caught.value.mistakes), caught.value.more) == (100, True)
    lines = [(mistake.line, mistake.column) for mistake in caught.value.mistakes]
    assert lines == sorted(lines)
    good = account(1, people=150)
    await run([good])
    for user in good["users"]:
        user["id"] += 10_000
    with pytest.raises(FileRefused) as again:
        await run([good])
    assert (len(again.value.mistakes), again.value.more) == (100, True)


async def test_an_extension_of_another_account_of_the_file_is_found_at_once(run: Run) -> None:
    """What the file itself contradicts is listed before the database is asked."""
    first, second = account(1), account(2)
    second["extensions"][0]["location_id"] = 1
    second["users"][0]["email"] = "x"
    assert await refused(run, [first, second]) == [
        "user email: must be an e-mail address",
        "location 1 belongs to account 1",
    ]


async def test_progress_is_told(store: Store, tmp_path: Path) -> None:
    """Reading tells bytes, storing tells rows, both up to the whole."""
    path = tmp_path / "file.json"
    path.write_text(json.dumps({"accounts": [account(1, people=600)]}), encoding="utf-8")
    read: list[tuple[int, int]] = []
    stored: list[tuple[int, int]] = []
    act = Act(actor=command_line("me"), now=NOW, ids=store.ids)
    with RowSpool() as spool:
        read_file(path, "json", spool, lambda done, total: read.append((done, total)))
        await store.write(import_rows, act, spool, lambda done, total: stored.append((done, total)))
    assert read[-1] == (path.stat().st_size,) * 2
    assert stored[-1] == (1202, 1202)
    assert [done for done, _total in stored] == sorted(done for done, _total in stored)


async def test_many_accounts_are_one_change(store: Store, run: Run) -> None:
    """More than a hundred changed accounts are told as all of them."""
    await run([account(n, people=0) for n in range(1, 103)])
    assert await logged(store) == [("directory", 0)]


async def test_an_import_is_written_down(store: Store, run: Run) -> None:
    """The activity log says who imported and how much."""
    await run([account(1)])

    (event,) = await store.read(audit.newest, 10)
    assert (event.act, event.actor_kind, event.actor_name) == (
        "directory.import",
        "operator",
        "me",
    )
    assert event.detail["user"] == {"added": 3, "changed": 0, "unchanged": 0}


async def test_rows_made_elsewhere_compare_equal(store: Store, run: Run) -> None:
    """A stored row with every optional column empty is what a minimal file says."""

    def add(conn: Connection) -> None:
        address = {**ADDRESS, "address_2": None, "state": None}
        conn.execute(
            insert(schema.accounts),
            {"id": 5, "name": "Five", "status": "ACTIVE", "address": address},
        )

    await store.write(add)
    outcome = await run([{"id": 5, "name": "Five", "address": ADDRESS}])
    assert outcome["account"].unchanged == 1
