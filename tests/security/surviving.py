"""A client of servers that are killed under it: what it asked, what it was answered, what holds."""

import asyncio
import secrets
import time

import httpx2
import msgspec

from tests.flows.signing_in import authorize, by_password, redeem, refresh
from tests.oauth.asserting import claims, jwk_set, proof, signed
from tests.security.victims import Key, Operator
from tests.serving import Server

CODES = 3


class Story(msgspec.Struct, kw_only=True):
    """What was asked in one life of a server, and what it has answered."""

    codes: list[str]
    spent: set[str] = set()
    refresh_tokens: list[str] = []
    assertions: dict[str, bool] = {}
    """Whether each was answered."""


async def signer(server: Server, database_url: str = "") -> Key:
    """Register an application that signs."""
    async with Operator.of(server, database_url) as operator:
        return await operator.register(
            grant_types=frozenset({"client_credentials"}),
            authentication="private_key_jwt",
            jwks=jwk_set(),
        )


class Survivor:
    """Asks one thing of each kind after the other, and compares what it was told after a crash."""

    def __init__(self, issuer: str, signer: Key) -> None:
        self.issuer = issuer
        self.refresh_token = ""
        self.story = Story(codes=[])
        self._signer = signer
        self.redirect_uri = f"{issuer}/callback-demo"
        self._answers = asyncio.Semaphore(0)

    async def prepare(self, http: httpx2.AsyncClient, count: int = CODES) -> None:
        """Get codes, and at the first time a refresh token, to begin with."""
        codes = [(await authorize(http, self.redirect_uri))["code"] for _ in range(count)]
        self.story = Story(codes=codes)
        if not self.refresh_token:
            self.refresh_token = (await by_password(http)).json()["refresh_token"]

    async def work(
        self, http: httpx2.AsyncClient, answers: int, pause: float
    ) -> list[asyncio.Task[None]]:
        """Ask until so many answers came and ``pause`` seconds longer; return what goes on."""
        self._answers = asyncio.Semaphore(0)
        kinds = (self._redeem_all(http), self._refresh_on(http), self._prove_on(http))
        tasks = [asyncio.create_task(kind) for kind in kinds]
        for _ in range(answers):
            await self._answers.acquire()
        await asyncio.sleep(pause)
        return tasks

    async def judge(self, http: httpx2.AsyncClient) -> None:
        """Assert that what was acknowledged holds and that nothing was given twice."""
        # A refresh that was cut off is asked again: the grace gives the one successor there is.
        twice = [await refresh(http, self.refresh_token) for _ in range(2)]
        assert [answer.status_code for answer in twice] == [200, 200], twice[0].text
        assert len({answer.json()["refresh_token"] for answer in twice}) == 1
        self.refresh_token = twice[0].json()["refresh_token"]
        for refresh_token in self.story.refresh_tokens:
            assert (await refresh(http, refresh_token)).status_code == 200
        for code in self.story.codes:
            again = await redeem(http, code, self.redirect_uri)
            # One that was never answered may be spent or not, but counts once at most.
            assert again.status_code in ({400} if code in self.story.spent else {200, 400})
            assert (await redeem(http, code, self.redirect_uri)).status_code == 400
        for assertion, answered in self.story.assertions.items():
            again = await prove(http, assertion)
            assert again.status_code in ({401} if answered else {200, 401})
            assert (await prove(http, assertion)).status_code == 401

    async def _redeem_all(self, http: httpx2.AsyncClient) -> None:
        for code in self.story.codes:
            answer = await redeem(http, code, self.redirect_uri)
            assert answer.status_code == 200, answer.text
            self.story.spent.add(code)
            self.story.refresh_tokens.append(answer.json()["refresh_token"])
            self._answers.release()

    async def _refresh_on(self, http: httpx2.AsyncClient) -> None:
        while True:
            answer = await refresh(http, self.refresh_token)
            assert answer.status_code == 200, answer.text
            self.refresh_token = answer.json()["refresh_token"]
            self._answers.release()

    async def _prove_on(self, http: httpx2.AsyncClient) -> None:
        while True:
            assertion = self.fresh_assertion()
            answer = await prove(http, assertion)
            assert answer.status_code == 200, answer.text
            self.story.assertions[assertion] = True
            self._answers.release()

    def fresh_assertion(self) -> str:
        """Return a client assertion that is about to be presented for the first time."""
        once = secrets.token_hex(16)
        stated = claims(self._signer.consumer_key, self.issuer, int(time.time()), jti=once)
        assertion = signed(stated)
        self.story.assertions[assertion] = False
        return assertion


async def prove(http: httpx2.AsyncClient, assertion: str) -> httpx2.Response:
    """Present a client assertion."""
    form = {"grant_type": "client_credentials"} | proof(assertion)
    return await http.post("/token", data=form)
