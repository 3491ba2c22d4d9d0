"""Proof keys: left out, weakened, stripped or guessed; the lines of docs/security.md."""

from typing import Any

import httpx2
import pytest

from tests.flows.signing_in import authorize
from tests.security.victims import CHALLENGE, VERIFIER, Operator, agreed, ask, back, error, redeem
from tests.security.victims import userinfo as userinfo_status
from tests.serving import DEMO_KEY, DEMO_SECRET, Server

OTHER_VERIFIER = "w" * 64


@pytest.mark.parametrize(
    ("line", "settings", "changed"),
    [
        (17, {"type": "public"}, {"code_challenge": None, "code_challenge_method": None}),
        (
            17,
            {"type": "public", "require_pkce": False},
            {"code_challenge": None, "code_challenge_method": None},
        ),
        (18, {}, {"code_challenge": None, "code_challenge_method": None}),
        (18, {}, {"code_challenge": ""}),
        (19, {}, {"code_challenge_method": "plain", "code_challenge": VERIFIER}),
        (19, {}, {"code_challenge_method": None}),
        (19, {"require_pkce": False}, {"code_challenge_method": "plain"}),
        (19, {"require_pkce": False}, {"code_challenge_method": None}),
        (20, {}, {"code_challenge_method": "S512"}),
        (20, {}, {"code_challenge_method": "s256"}),
        (20, {"require_pkce": False}, {"code_challenge_method": "S256", "code_challenge": None}),
        (21, {}, {"code_challenge": CHALLENGE[:42]}),
        (21, {}, {"code_challenge": CHALLENGE + "A"}),
        (21, {}, {"code_challenge": "A" * 129}),
        (21, {}, {"code_challenge": CHALLENGE[:42] + "+"}),
        (21, {}, {"code_challenge": CHALLENGE[:42] + "\n"}),
        (21, {}, {"code_challenge": CHALLENGE + "="}),
    ],
)
async def test_line_17_to_21_a_weak_challenge(
    http: httpx2.AsyncClient,
    operator: Operator,
    line: int,
    settings: dict[str, Any],
    changed: dict[str, str | None],
) -> None:
    """17-21. No challenge, ``plain``, an unknown method or a bad challenge: ``invalid_request``."""
    key = await operator.register(**settings)
    assert back(await ask(http, key, **changed))["error"] == "invalid_request", line


@pytest.mark.parametrize(
    ("line", "verifier"),
    [
        (21, VERIFIER[:42]),
        (21, VERIFIER * 3),
        (21, "ü" * 64),
        (21, VERIFIER[:-1] + "\n"),
        (22, None),
        (22, ""),
        (22, OTHER_VERIFIER),
        (22, CHALLENGE),
        (22, VERIFIER + "v"),
    ],
)
async def test_line_21_and_22_a_wrong_verifier(
    http: httpx2.AsyncClient, operator: Operator, line: int, verifier: str | None
) -> None:
    """21, 22. A missing, malformed or wrong ``code_verifier`` is ``invalid_grant``."""
    key = await operator.register(type="public")
    code = (await agreed(http, key))["code"]
    answer = await redeem(http, key, code, code_verifier=verifier)
    assert error(answer) == (400, "invalid_grant"), line


async def test_line_23_and_24_a_stripped_challenge(demo: Server, http: httpx2.AsyncClient) -> None:
    """23, 24. A verifier for a code without challenge is refused: somebody took it away."""
    callback = f"{demo.base_url}/callback-demo"
    code = (await authorize(http, callback))["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback,
        "code_verifier": VERIFIER,
    }
    answer = await http.post("/token", data=form, auth=(DEMO_KEY, DEMO_SECRET))
    assert error(answer) == (400, "invalid_grant")


async def test_line_25_the_challenge_appears_nowhere(
    http: httpx2.AsyncClient, operator: Operator
) -> None:
    """25. Neither addresses nor pages nor answers carry ``code_challenge``."""
    key = await operator.register()
    seen: list[str] = []
    http.event_hooks["response"].append(lambda answer: _collect(answer, seen))
    code = (await agreed(http, key))["code"]
    answer = await redeem(http, key, code)
    assert await userinfo_status(http, answer.json()["access_token"]) == 200
    assert len(seen) > 4
    assert not any(CHALLENGE in text for text in (*seen, code))


async def _collect(answer: httpx2.Response, seen: list[str]) -> None:
    await answer.aread()
    seen.append(f"{answer.headers}\n{answer.text}")


async def test_line_27_a_constant_challenge_is_told_to_the_operator(
    http: httpx2.AsyncClient, operator: Operator, demo: Server
) -> None:
    """27. The second sign-in with one challenge works, and the log names the client."""
    key = await operator.register()
    for told in (False, True):
        await agreed(http, key)
        http.cookies.clear()
        lines = [line for line in demo.printed().splitlines() if key.consumer_key in line]
        assert any("value_repeated" in line for line in lines) is told


@pytest.mark.parametrize("kind", ["oauth-authorization-server", "openid-configuration"])
async def test_line_26_the_metadata_says_so(http: httpx2.AsyncClient, kind: str) -> None:
    """26. Metadata lists S256 and nothing else."""
    found = (await http.get(f"/.well-known/{kind}")).json()
    assert found["code_challenge_methods_supported"] == ["S256"]
