"""A client that asks all nodes in turn, whatever becomes of them, and checks what it was promised.

It writes down every good answer. After a fault each of them has to hold: what was issued works,
what was revoked is refused, what could be used once was used once.
"""

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import httpx2

from tests.flows.signing_in import by_password, redeem, refresh
from tests.security.attacking import API, DEMO, bearer
from tests.security.surviving import Survivor, prove
from tests.security.victims import Key

CODES = 16
PAUSE = 0.03
"""Seconds between two askings of one kind."""
PATIENCE = 20
"""Seconds for everything to go well again; no promise of ours, the machine may be busy."""
HEARD = 5
"""Seconds for a node to hear what another one was told while the database was away."""
KINDS = ("token", "refresh", "revoke", "prove", "call")
"""What is asked all the time; codes are redeemed as long as there are some."""

Asking = Callable[[httpx2.AsyncClient], Awaitable[httpx2.Response]]


class Steady(Survivor):
    """Asks one thing of each kind after the other.

    Applications' access tokens are revoked, users' are not; ``living`` and ``revoked`` hold them.
    ``refused`` counts, by kind, the answers 503 with ``Retry-After``, ``broken`` the connections
    that broke; every other answer that is not the good one is ``wrong``.
    """

    def __init__(self, nodes: Sequence[str], signer: Key) -> None:
        super().__init__(nodes[0], signer)
        self.refused: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.living: list[str] = []
        self.revoked: list[str] = []
        self.redeemed: list[str] = []
        self._nodes = [httpx2.AsyncClient(base_url=node, timeout=PATIENCE) for node in nodes]
        self._turns: Counter[str] = Counter()
        self._refusal = asyncio.Event()
        self._good: dict[tuple[str, int], asyncio.Event] = {}
        self._to_revoke: asyncio.Queue[str] = asyncio.Queue()
        self._known = ""

    async def begin(self) -> None:
        """Get what there has to be before anything breaks; every node meets its caller."""
        await self.prepare(self._nodes[0], CODES)
        self._known = (await by_password(self._nodes[0])).json()["access_token"]
        for http in self._nodes:
            assert await call(http, self._known) == httpx2.codes.OK

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Ask for the length of the block; every kind went well at every node before it begins."""
        kinds = (self._tokens, self._refreshes, self._revokes, self._proofs, self._calls)
        tasks = [asyncio.create_task(kind()) for kind in (*kinds, self._codes)]
        try:
            await self.goes_well()
            yield
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [end for end in ends if isinstance(end, Exception)], ends

    async def goes_well(self, *nodes: int, kinds: Sequence[str] = KINDS) -> None:
        """Wait until each kind, asked from now on, got its good answer of these nodes (of all)."""
        wanted = itertools.product(kinds, nodes or range(len(self._nodes)))
        self._good = {each: asyncio.Event() for each in wanted}
        try:
            async with asyncio.timeout(PATIENCE):
                for good in self._good.values():
                    await good.wait()
        except TimeoutError:
            missing = [each for each, good in self._good.items() if not good.is_set()]
            raise AssertionError(f"does not go well again: {missing}, {self.wrong[:3]}") from None

    async def is_refused(self) -> None:
        """Wait until something that is asked from now on is refused."""
        self._refusal.clear()
        async with asyncio.timeout(PATIENCE):
            await self._refusal.wait()

    async def everything_holds(self) -> None:
        """Assert that every good answer holds at every node, and that no answer was wrong."""
        assert not self.wrong, self.wrong[:5]
        assert self.living
        assert self.revoked
        for http in self._nodes:
            for text in self.living:
                assert await call(http, text) == httpx2.codes.OK
            for text in self.revoked:
                await _soon(_is_active, http, text, wanted=False)
        await self.judge(self._nodes[0])
        # Their codes were presented a second time just now.
        for http in self._nodes:
            for text in self.redeemed:
                await _soon(call, http, text, wanted=httpx2.codes.UNAUTHORIZED)

    async def aclose(self) -> None:
        """Close every connection."""
        for http in self._nodes:
            await http.aclose()

    async def _ask(self, kind: str, asking: Asking) -> httpx2.Response | None:
        """Ask the next node; return its good answer, ``None`` after noting any other."""
        await asyncio.sleep(PAUSE)
        self._turns[kind] += 1
        node = self._turns[kind] % len(self._nodes)
        good = self._good.get((kind, node))
        try:
            answer = await asking(self._nodes[node])
        except httpx2.HTTPError:
            self.broken[kind] += 1
            return None
        if (
            answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE
            and "retry-after" in answer.headers
        ):
            self.refused[kind] += 1
            self._refusal.set()
            return None
        if answer.status_code != httpx2.codes.OK:
            self.wrong.append(f"{kind}: {answer.status_code} {answer.text[:300]}")
            return None
        if good is not None:
            good.set()
        return answer

    async def _tokens(self) -> None:
        form = {"grant_type": "client_credentials"}
        while True:
            answer = await self._ask("token", _posting("/token", form))
            if answer is not None:
                self._to_revoke.put_nowait(answer.json()["access_token"])

    async def _refreshes(self) -> None:
        while True:
            # Asked again with the same one where no answer came, as a client does.
            answer = await self._ask("refresh", lambda http: refresh(http, self.refresh_token))
            if answer is not None:
                self.refresh_token = answer.json()["refresh_token"]
                self.living.append(answer.json()["access_token"])

    async def _revokes(self) -> None:
        while True:
            text = await self._to_revoke.get()
            asking = _posting("/revoke", {"token": text})
            while await self._ask("revoke", asking) is None:
                pass
            self.revoked.append(text)

    async def _proofs(self) -> None:
        while True:
            assertion = self.fresh_assertion()
            if await self._ask("prove", _proving(assertion)) is not None:
                self.story.assertions[assertion] = True

    async def _calls(self) -> None:
        headers = bearer(self._known)
        while True:
            await self._ask("call", lambda http: http.get(API, headers=headers))

    async def _codes(self) -> None:
        for code in self.story.codes:
            answer = await self._ask("redeem", _redeeming(code, self.redirect_uri))
            if answer is not None:
                self.story.spent.add(code)
                self.redeemed.append(answer.json()["access_token"])
                self.story.refresh_tokens.append(answer.json()["refresh_token"])
            await asyncio.sleep(4 * PAUSE)


async def call(http: httpx2.AsyncClient, access_token: str) -> int:
    """Call an API; return the status."""
    return (await http.get(API, headers=bearer(access_token))).status_code


async def _is_active(http: httpx2.AsyncClient, access_token: str) -> object:
    answer = await _posting("/introspect", {"token": access_token})(http)
    return answer.json()["active"]


async def _soon(
    ask: Callable[[httpx2.AsyncClient, str], Awaitable[object]],
    http: httpx2.AsyncClient,
    access_token: str,
    *,
    wanted: object,
) -> None:
    """Wait until a node knows what another one was told."""
    async with asyncio.timeout(HEARD):
        while await ask(http, access_token) != wanted:  # noqa: ASYNC110 - nobody else tells
            await asyncio.sleep(PAUSE)


def _posting(path: str, form: dict[str, str]) -> Asking:
    return lambda http: http.post(path, auth=DEMO, data=form)


def _proving(assertion: str) -> Asking:
    return lambda http: prove(http, assertion)


def _redeeming(code: str, redirect_uri: str) -> Asking:
    return lambda http: redeem(http, code, redirect_uri)
