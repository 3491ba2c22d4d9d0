"""More passwords than can be checked (line 103): some are turned away, nobody else waits."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import httpx2

from tests.flows.signing_in import hidden_fields
from tests.security.attacking import DEMO

MANY = 100
PAUSE = 0.05
Ask = Callable[[], Awaitable[httpx2.Response]]


async def storm(
    sign_in: Callable[[int], Awaitable[httpx2.Response]], others: Sequence[Ask]
) -> list[httpx2.Response]:
    """Let many sign in again and again until the others, asked once it is full, are answered.

    Returns what the many were told.
    """
    answers: list[httpx2.Response] = []
    full, over = asyncio.Event(), asyncio.Event()

    async def insist(number: int) -> None:
        while not over.is_set():
            answer = await sign_in(number)
            answers.append(answer)
            if answer.status_code == 503:
                full.set()
                await asyncio.sleep(PAUSE)

    insisting = [asyncio.create_task(insist(number)) for number in range(MANY)]
    await full.wait()
    for ask in others:
        answer = await ask()
        assert answer.status_code == 200, answer.text
    over.set()
    await asyncio.gather(*insisting)
    return answers


def check(answers: Sequence[httpx2.Response], refused: int) -> httpx2.Response:
    """Each was checked and refused, or turned away and told when to come again."""
    full = [answer for answer in answers if answer.status_code == 503]
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in full)
    assert {answer.status_code for answer in answers} == {503, refused}
    return full[0]


async def test_line_103_the_password_grant_in_a_storm(http: httpx2.AsyncClient) -> None:
    """503 and Retry-After for some; all the others are answered while it lasts."""

    def sign_in(number: int) -> Awaitable[httpx2.Response]:
        form = {"grant_type": "password", "username": f"nobody{number}", "password": "x"}
        return http.post("/token", data=form, auth=DEMO)

    def issue() -> Awaitable[httpx2.Response]:
        return http.post("/token", data={"grant_type": "client_credentials"}, auth=DEMO)

    others: list[Ask] = [lambda: http.get("/health/live"), lambda: http.get("/jwks"), issue]
    full = check(await storm(sign_in, others), 400)
    assert full.json()["error"] == "temporarily_unavailable"


async def test_line_103_the_sign_in_page_in_a_storm(http: httpx2.AsyncClient) -> None:
    """The page says that too many sign in, with Retry-After, while other pages answer."""
    form = hidden_fields((await http.get("/login")).text)

    def sign_in(number: int) -> Awaitable[httpx2.Response]:
        fields = form | {"email": f"nobody{number}@example.com", "password": "x"}
        return http.post("/login", data=fields)

    others: list[Ask] = [lambda: http.get("/health/live"), lambda: http.get("/")]
    full = check(await storm(sign_in, others), 422)
    assert "Too many people are signing in" in full.text
