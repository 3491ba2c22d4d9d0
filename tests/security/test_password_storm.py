"""More passwords than can be checked (line 103): some are turned away, nobody else waits."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx2

from tests.flows.signing_in import hidden_fields
from tests.security.attacking import DEMO

STORM = 160
Ask = Callable[[], Awaitable[httpx2.Response]]


async def weather(storm: list[asyncio.Task[httpx2.Response]], others: list[Ask]) -> list[int]:
    """Wait until the storm is turned away, ask the others, then let it pass.

    Returns for each of the others how much of the storm was still waiting when it was answered.
    """
    for done in asyncio.as_completed(storm):
        if (await done).status_code == 503:
            break
    waiting = []
    for ask in others:
        answer = await ask()
        assert answer.status_code == 200, answer.text
        waiting.append(sum(not task.done() for task in storm))
    await asyncio.gather(*storm)
    return waiting


def check(answers: list[httpx2.Response], refused: int) -> None:
    """Each was checked and refused, or turned away and told when to come again."""
    full = [answer for answer in answers if answer.status_code == 503]
    assert full
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in full)
    checked = {answer.status_code for answer in answers} - {503}
    assert checked == {refused}


async def test_line_103_the_password_grant_in_a_storm(http: httpx2.AsyncClient) -> None:
    """503 and Retry-After for some; all the others answer meanwhile."""

    def sign_in(number: int) -> Awaitable[httpx2.Response]:
        form = {"grant_type": "password", "username": f"nobody{number}", "password": "x"}
        return http.post("/token", data=form, auth=DEMO)

    def issue() -> Awaitable[httpx2.Response]:
        return http.post("/token", data={"grant_type": "client_credentials"}, auth=DEMO)

    storm = [asyncio.ensure_future(sign_in(number)) for number in range(STORM)]
    others: list[Ask] = [lambda: http.get("/health/live"), lambda: http.get("/jwks"), issue]
    waiting = await weather(storm, others)
    assert all(waiting), waiting
    answers = [await task for task in storm]
    check(answers, 400)
    full = next(answer for answer in answers if answer.status_code == 503)
    assert full.json()["error"] == "temporarily_unavailable"


async def test_line_103_the_sign_in_page_in_a_storm(http: httpx2.AsyncClient) -> None:
    """The page says that too many sign in, with Retry-After, while other pages answer."""
    form = hidden_fields((await http.get("/login")).text)

    def sign_in(number: int) -> Awaitable[httpx2.Response]:
        fields = form | {"email": f"nobody{number}@example.com", "password": "x"}
        return http.post("/login", data=fields)

    storm = [asyncio.ensure_future(sign_in(number)) for number in range(STORM)]
    others: list[Ask] = [lambda: http.get("/health/live"), lambda: http.get("/apis")]
    waiting = await weather(storm, others)
    assert all(waiting), waiting
    answers = [await task for task in storm]
    check(answers, 422)
    full = next(answer for answer in answers if answer.status_code == 503)
    assert "Too many people are signing in" in full.text
