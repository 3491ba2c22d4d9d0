"""What ends with what: each act against everything it must end, and nothing else (decision 005)."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from sqlalchemy import insert, update

from gatelodge.operations import applications, credentials, developers, subscriptions, users
from gatelodge.storage import apis, schema
from gatelodge.storage.connections import Connection
from tests.flows.signing_in import hidden_fields
from tests.security.attacking import API, bearer
from tests.security.victims import (
    Key,
    Operator,
    agreed,
    redeem,
    refresh,
    shown,
    sign_in,
    tokens,
    userinfo,
)

pytestmark = [pytest.mark.timeout(120)]

_CONSENT = re.compile(r'name="consent" value="(\d+)"')
_ACCESS = {"access at the gateway", "access at userinfo", "access introspected"}
_ALL = frozenset({"code", "refresh", "session", *_ACCESS})


class Scene:
    """A person who is signed in, an application that acts for them, and a developer behind it."""

    def __init__(self, http: httpx2.AsyncClient, operator: Operator, key: Key, user: str) -> None:
        self.http = http
        self.operator = operator
        self.key = key
        self.login = user.partition("@")[0]

    async def user_id(self) -> int:
        """Return the person's row."""
        return (await self.operator.store.read(users.find, self.login)).id

    async def press(self, page: str, **fields: str) -> None:
        """Send a form of the person's own account."""
        form = hidden_fields((await self.http.get(page)).text) | fields
        answer = await self.http.post(page, data=form)
        assert answer.status_code in {200, 303}, answer.text[:500]

    async def new_owner(self) -> int:
        """Give the application to a developer of its own."""
        number = self.operator.store.ids.next()

        def work(conn: Connection) -> None:
            developer = {
                "id": number,
                "email": f"{number}@example.com",
                "name": "Owner",
                "roles": ["developer"],
                "state": "active",
                "created_at": 0,
            }
            conn.execute(insert(schema.developers), developer)
            mine = schema.applications.c.id == self.key.target.application_id
            conn.execute(update(schema.applications).where(mine).values(owner_id=number))

        await self.operator.store.write(work)
        return number


Do = Callable[[Scene], Awaitable[Any]]


async def _withdraws(scene: Scene) -> None:
    page = await scene.http.get("/me/applications")
    (consent,) = _CONSENT.findall(page.text)
    await scene.press("/me/applications", consent=consent)


async def _signs_out(scene: Scene) -> None:
    await scene.press("/signout")


async def _signs_out_everywhere_else(scene: Scene) -> None:
    await scene.press("/me/sessions", session="others")


async def _gets_a_new_password(scene: Scene) -> None:
    act, user_id = scene.operator.act, await scene.user_id()
    await scene.operator.store.write(users.set_password, act, user_id, "no hash")


async def _is_disabled(scene: Scene) -> None:
    await scene.operator.store.write(users.disable, scene.operator.act, await scene.user_id())


async def _developer_is_disabled(scene: Scene) -> None:
    owner = await scene.new_owner()
    await scene.operator.store.write(developers.disable, scene.operator.act, owner)
    # For good: enabling brings nothing back.
    await scene.operator.store.write(developers.enable, scene.operator.act, owner)
    await scene.operator.store.write(_active, owner)


def _active(conn: Connection, owner: int) -> None:
    mine = schema.developers.c.id == owner
    conn.execute(update(schema.developers).where(mine).values(state="active"))


async def _application_is_blocked(scene: Scene) -> None:
    number = scene.key.target.application_id
    await scene.operator.store.write(applications.block, scene.operator.act, number)
    await scene.operator.store.write(applications.unblock, scene.operator.act, number)


async def _application_is_deleted(scene: Scene) -> None:
    store, act, number = scene.operator.store, scene.operator.act, scene.key.target.application_id
    name = (await store.read(applications.visible, act.actor, number)).name
    await store.write(applications.delete, act, number, name)


async def _key_is_deleted(scene: Scene) -> None:
    await scene.operator.store.write(credentials.delete, scene.operator.act, scene.key.target)


_ENDS: list[tuple[Do, frozenset[str]]] = [
    (_withdraws, _ALL - {"session"}),
    (_signs_out, frozenset({"code", "session"})),
    (_signs_out_everywhere_else, _ALL - {"session"}),
    (_gets_a_new_password, _ALL),
    (_is_disabled, _ALL),
    (_developer_is_disabled, _ALL - {"session"}),
    (_application_is_blocked, _ALL - {"session"}),
    (_application_is_deleted, _ALL - {"session"}),
    (_key_is_deleted, _ALL - {"session"}),
]


@pytest.mark.parametrize(("act", "ends"), _ENDS, ids=lambda value: getattr(value, "__name__", ""))
async def test_line_35_61_and_101_what_ends_with_what(
    http: httpx2.AsyncClient, operator: Operator, act: Do, ends: frozenset[str]
) -> None:
    """35, 61, 101. Codes, refresh tokens, access tokens and the session end where they must."""
    key, user = await operator.register(), await operator.person()
    await operator.store.write(_subscribe, operator.act, key)
    page = await shown(http, await http.get("/me"))
    await sign_in(http, page, user)
    held = await tokens(http, key)
    code = (await agreed(http, key))["code"]
    other, by_others = await _somebody_else_s(http, operator)
    assert await _alive(http, key, held) == _ALL - {"code"}

    await act(Scene(http, operator, key, user))

    for _ in range(200):  # the other process reads of it within a tenth of a second
        alive = await _alive(http, key, held)
        if not alive & ends:
            break
    assert alive == (_ALL - {"code"}) - ends
    refreshed = (await refresh(http, key, held["refresh_token"])).status_code
    assert (refreshed == httpx2.codes.OK) == ("refresh" not in ends)
    redeemed = (await redeem(http, key, code)).status_code
    assert (redeemed == httpx2.codes.OK) == ("code" not in ends)
    assert await userinfo(http, by_others["access_token"]) == httpx2.codes.OK
    assert (await refresh(http, other, by_others["refresh_token"])).status_code == httpx2.codes.OK


def _subscribe(conn: Connection, act: Any, key: Key) -> None:
    (provisioning,) = [api for api in apis.all(conn) if api.name == "Provisioning"]
    number = key.target.application_id
    subscriptions.subscribe(conn, act, number, provisioning.id, "Unlimited")


async def _somebody_else_s(
    http: httpx2.AsyncClient, operator: Operator
) -> tuple[Key, dict[str, Any]]:
    """Return another application with tokens for another person, in another browser."""
    key, user = await operator.register(), await operator.person()
    async with httpx2.AsyncClient(base_url=http.base_url, timeout=30) as browser:
        await sign_in(browser, await shown(browser, await browser.get("/me")), user)
        return key, await tokens(browser, key)


async def _alive(http: httpx2.AsyncClient, key: Key, held: dict[str, Any]) -> set[str]:
    """Return what still lives; an access token is looked at wherever it opens something."""
    access_token = held["access_token"]
    answers = {
        "access at the gateway": await http.get(API, headers=bearer(access_token)),
        "access at userinfo": await http.get("/userinfo", headers=bearer(access_token)),
        "session": await http.get("/me"),
    }
    alive = {name for name, answer in answers.items() if answer.status_code == httpx2.codes.OK}
    for name, text in (("access introspected", access_token), ("refresh", held["refresh_token"])):
        answer = await http.post("/introspect", data=key.form(token=text))
        if answer.status_code == httpx2.codes.OK and answer.json()["active"]:
            alive.add(name)
    return alive
