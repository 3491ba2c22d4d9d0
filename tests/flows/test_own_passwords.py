"""People change their own passwords, and what was signed in elsewhere ends."""

import httpx2
import pytest

from tests.flows.signing_in import by_password, hidden_fields
from tests.flows.test_recovery import API, NEW, mailed
from tests.portal.browsing import sign_in, submit, text_of
from tests.serving import Server

DEVELOPER = ("admin@example.com", "demo-admin-password")
USER = ("ajones", "demo-user-password")


async def enter(http: httpx2.AsyncClient, place: str, login: str, password: str) -> None:
    """Sign in and stand before the form."""
    if place == "/account/password":
        assert (await sign_in(http, login, password)).status_code == 303
        return
    page = await http.get((await http.get("/me")).headers["location"])
    form = hidden_fields(page.text) | {"username": login, "password": password}
    assert (await http.post("/signin", data=form)).status_code == 303


def typed(current: str, password: str = NEW, repeated: str = "") -> list[tuple[str, str]]:
    """Return the form's fields."""
    pair = [("password", password), ("repeated", repeated or password)]
    return [("current", current), *pair]


@pytest.mark.parametrize("place", ["/account/password", "/me/password"])
async def test_a_changed_password_ends_everything_else(
    demo: Server, http: httpx2.AsyncClient, place: str
) -> None:
    """This browser stays, others and all tokens end, word is mailed, mistakes are told."""
    login, password = DEVELOPER if place.startswith("/account") else USER
    assert (await http.get(place)).status_code == 303
    await enter(http, place, login, password)
    tokens = (await by_password(http, username=USER[0])).json()
    async with httpx2.AsyncClient(base_url=demo.base_url, timeout=30) as other:
        await enter(other, place, login, password)
        assert (await other.get(place)).status_code == 200

        for fields, problem in (
            (typed("wrong"), "This is not your current password"),
            (typed(""), "Enter your current password."),
            (typed(password, "password123456789"), "a common password"),
            (typed(password, NEW, "other"), "The two passwords differ."),
        ):
            refused = await submit(http, place, place, fields)
            assert refused.status_code == 422
            assert problem in text_of(refused)
            assert NEW not in refused.text
        answer = await submit(http, place, place, typed(password))

        assert (answer.status_code, answer.headers["location"]) == (303, place)
        assert "Your password was changed." in text_of(await http.get(place))
        assert (await other.get(place)).status_code == 303
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    is_user = login == USER[0]
    assert (await http.get(API, headers=bearer)).status_code == (401 if is_user else 200)
    await mailed(http, "Your password for Gatelodge was changed")
    forged = await http.post(place, data=dict(typed(NEW)))
    assert forged.status_code == 403


async def test_guesses_at_the_current_password_are_counted(
    demo: Server, http: httpx2.AsyncClient
) -> None:
    """Each wrong one is counted where failed sign-ins are, so that the same pauses follow."""
    await enter(http, "/account/password", *DEVELOPER)
    for _ in range(2):
        refused = await submit(http, "/account/password", "/account/password", typed("wrong"))
        assert refused.status_code == 422
    assert demo.printed().count("sign_in_refused") == 2
