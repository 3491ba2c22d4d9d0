"""Everything that may be used once: how to get one, how to use it, what winners and losers see."""

import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qs, urlsplit

import httpx2
import msgspec

from tests.flows.signing_in import hidden_fields
from tests.flows.two_step import answer_to, code_of, set_up_app
from tests.oauth.asserting import claims, jwk_set, proof, signed
from tests.portal.browsing import KEY_FIELDS, add_application, submit
from tests.portal.browsing import sign_in as developer_signs_in
from tests.security.arena import Arena
from tests.security.victims import (
    CALLBACK,
    CODE_AND_REFRESH,
    DEVICE,
    VERIFIER,
    agreed,
    allowed_device,
    shown,
    sign_in,
    tokens,
)

Spend = Callable[[str], Awaitable[httpx2.Response]]
"""Uses the thing once, at the node with this address."""

_SECRET = re.compile(r"glcs_[A-Za-z0-9_-]{59}")
BROWSERS = 4
"""So many browsers share the uses of what is not bound to one."""


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """Something that may be used once.

    ``prize`` tells what an answer gives, ``None`` for a loser's; ``lost`` says of the answers that
    losers may get the status and some words. A ``shared`` prize may be given to everybody, so long
    as it is one and the same.
    """

    name: str
    get: Callable[[Arena], Awaitable[Spend]]
    prize: Callable[[httpx2.Response], object]
    lost: tuple[tuple[int, str], ...]
    shared: bool = False

    def is_loser(self, answer: httpx2.Response) -> bool:
        """Say whether an answer is the one that losers are to get."""
        return any(
            answer.status_code == status and words in answer.text for status, words in self.lost
        )


def poster(http: httpx2.AsyncClient, path: str, form: Mapping[str, str]) -> Spend:
    """Return what sends a form to a path of a node."""
    return lambda node: http.post(f"{node}{path}", data=form)


def field(name: str) -> Callable[[httpx2.Response], object]:
    """Return what reads a field of a good answer in JSON."""
    return lambda answer: answer.json().get(name) if answer.is_success else None


def cookie(name: str) -> Callable[[httpx2.Response], object]:
    """Return what reads the session that an answer starts."""
    return lambda answer: answer.cookies.get(f"gatelodge-{name}")


def place(prefix: str) -> Callable[[httpx2.Response], object]:
    """Return what reads where an answer leads, if that is below a path."""

    def read(answer: httpx2.Response) -> object:
        location = answer.headers.get("location", "")
        return location if location.startswith(prefix) else None

    return read


def secret(page: httpx2.Response) -> object:
    """Return the consumer secret that a page shows, if it does."""
    found = _SECRET.search(page.text)
    return None if found is None else found[0]


async def code(arena: Arena) -> Spend:
    """An authorization code."""
    http = arena.browser()
    victim = await arena.operator.register(grant_types=CODE_AND_REFRESH)
    found = await agreed(http, victim, await arena.operator.person())
    form = victim.form(grant_type="authorization_code", code=found["code"], redirect_uri=CALLBACK)
    return poster(http, "/token", form | {"code_verifier": VERIFIER})


async def refresh_token(arena: Arena) -> Spend:
    """A refresh token: within the grace everybody gets the same successor."""
    http = arena.browser()
    victim = await arena.operator.register(grant_types=CODE_AND_REFRESH)
    issued = await tokens(http, victim, await arena.operator.person())
    form = victim.form(grant_type="refresh_token", refresh_token=issued["refresh_token"])
    return poster(http, "/token", form)


async def device_code(arena: Arena) -> Spend:
    """The code of a device that a person has allowed."""
    http = arena.browser()
    victim = await arena.operator.register(grant_types=frozenset({DEVICE, "refresh_token"}))
    form = await allowed_device(http, victim, await arena.operator.person())
    return poster(http, "/token", form)


async def assertion(arena: Arena) -> Spend:
    """A client assertion's ``jti``."""
    http = arena.browser()
    victim = await arena.operator.register(
        grant_types=frozenset({"client_credentials"}),
        authentication="private_key_jwt",
        jwks=jwk_set(),
    )
    stated = claims(victim.consumer_key, arena.issuer, int(time.time()), jti=secrets.token_hex(16))
    form = {"grant_type": "client_credentials"} | proof(signed(stated))
    return poster(http, "/token", form)


async def invitation(arena: Arena) -> Spend:
    """A developer's invitation."""
    http = arena.browser()
    text = await arena.operator.invite(f"{secrets.token_hex(4)}@example.com")
    page = await http.get(f"/invite/{text}")
    password = secrets.token_hex(12)
    form = hidden_fields(page.text) | {
        "name": "Racer",
        "password": password,
        "repeated": password,
    }
    return poster(http, f"/invite/{text}", form)


async def reset_link(arena: Arena) -> Spend:
    """A link to a new password."""
    http = arena.browser()
    text = await arena.operator.reset_link(await arena.operator.person())
    page = await http.get("/signin/reset", params={"link": text})
    password = secrets.token_hex(12)
    form = hidden_fields(page.text) | {"password": password, "repeated": password}
    return poster(http, "/signin/reset", form)


async def shown_secret(arena: Arena) -> Spend:
    """A consumer secret that the next page shows once."""
    http = arena.browser()
    await developer_signs_in(http, "dev@example.com", "demo-developer-password")
    place = await add_application(http, f"Races {secrets.token_hex(4)}")
    page = f"{place}/keys/production"
    answer = await submit(http, page, page, KEY_FIELDS)
    assert answer.status_code == httpx2.codes.SEE_OTHER, answer.text[:2000]
    return lambda node: http.get(f"{node}{page}")


async def upstream_state(arena: Arena) -> Spend:
    """The ``state`` of a sign-in with a provider."""
    http = arena.browser()
    answer = await submit(http, "/login", "/login/with/corp")
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    arena.provider.nonce = asked["nonce"][0]
    arena.provider.claims["sub"] = secrets.token_hex(8)
    query = {"code": "any", "state": asked["state"][0]}
    return lambda node: http.get(f"{node}/login/with/corp/callback", params=query)


async def half_way(arena: Arena, username: str) -> tuple[httpx2.AsyncClient, httpx2.Response]:
    """Return a new browser in which a user has given the password, and the page it shows."""
    http = arena.browser()
    page = await sign_in(http, await shown(http, await http.get("/me/two-step")), username)
    return http, page


async def with_app(arena: Arena) -> tuple[str, bytes, list[str]]:
    """Return a user with an authenticator app, its secret and the recovery codes."""
    username = await arena.operator.person()
    http, _ = await half_way(arena, username)
    return username, *(await set_up_app(http, "/me/two-step"))


async def in_turns(arena: Arena, username: str, typed: Callable[[], str]) -> Spend:
    """Return what types a code in one of several browsers after the other."""
    asked = [await half_way(arena, username) for _ in range(BROWSERS)]
    answers = [(http, answer_to(page, typed())) for http, page in asked]
    turn = iter(answers * 64)

    def spend(node: str) -> Awaitable[httpx2.Response]:
        http, form = next(turn)
        return http.post(f"{node}/signin/second", data=form)

    return spend


async def totp_step(arena: Arena) -> Spend:
    """The code that an authenticator app shows, typed in several browsers."""
    username, app, _ = await with_app(arena)
    return await in_turns(arena, username, lambda: code_of(app, ahead=1))


async def recovery_code(arena: Arena) -> Spend:
    """A recovery code, typed in several browsers."""
    username, _, codes = await with_app(arena)
    return await in_turns(arena, username, lambda: codes[0])


async def half_signed_in(arena: Arena) -> Spend:
    """A sign-in that only the second step is missing of, finished with several good codes."""
    username, _, codes = await with_app(arena)
    http, page = await half_way(arena, username)
    turn = iter([answer_to(page, typed) for typed in codes] * 64)
    return lambda node: http.post(f"{node}/signin/second", data=next(turn))


_INVALID_GRANT = ((400, "invalid_grant"),)
_NO_CODE = (422, "was used already")
_FINISHED = (400, "no longer valid")

THINGS = (
    Thing(name="code", get=code, prize=field("access_token"), lost=_INVALID_GRANT),
    Thing(
        name="refresh token",
        get=refresh_token,
        prize=field("refresh_token"),
        lost=(),
        shared=True,
    ),
    Thing(name="device code", get=device_code, prize=field("access_token"), lost=_INVALID_GRANT),
    Thing(
        name="client assertion",
        get=assertion,
        prize=field("access_token"),
        lost=((401, "used before"),),
    ),
    Thing(
        name="invitation",
        get=invitation,
        prize=cookie("developer"),
        lost=((410, "used already"),),
    ),
    Thing(
        name="reset link",
        get=reset_link,
        prize=place("/signin/reset/done"),
        lost=((410, "used already"),),
    ),
    Thing(name="shown secret", get=shown_secret, prize=secret, lost=((200, "Consumer Key"),)),
    Thing(
        name="upstream state",
        get=upstream_state,
        prize=place("/login/link"),
        lost=((400, "did not work"),),
    ),
    Thing(name="TOTP step", get=totp_step, prize=cookie("user"), lost=(_NO_CODE,)),
    Thing(name="recovery code", get=recovery_code, prize=cookie("user"), lost=(_NO_CODE,)),
    Thing(
        name="half signed in",
        get=half_signed_in,
        prize=cookie("user"),
        lost=(_NO_CODE, _FINISHED),
    ),
)
"""What there is, for one test; see ``tests/security/test_single_use.py``."""
