"""What is true of a running server's logout, found out by trying it (see `metadata_truth.py`)."""

import asyncio
from urllib.parse import parse_qs

import httpx2

from tests.flows.signing_in import hidden_fields
from tests.security import victims
from tests.security.attacking import part
from tests.security.listening import Listener
from tests.security.metadata_truth import Scene, finds_out


@finds_out("backchannel_logout_supported", "backchannel_logout_session_supported")
async def back_channel(scene: Scene, name: str) -> object:
    """An application hears of a sign-out, and of which session it was."""
    async with (
        Listener(answers=True).listening() as listener,
        httpx2.AsyncClient(base_url=scene.issuer, timeout=30) as browser,
    ):
        key = await scene.key(backchannel_logout_uri=listener.address)
        answer = await victims.agreed(browser, key, scene.person)
        issued = (await victims.redeem(browser, key, answer["code"])).json()
        fields = hidden_fields((await browser.get("/signout")).text)
        await browser.post("/signout", data=fields)
        async with asyncio.timeout(60):
            form = parse_qs(await listener.heard.get())
    claims = part(form[b"logout_token"][0].decode(), 1)
    told = part(issued["id_token"], 1)
    return (
        claims["sub"] == told["sub"]
        if name.endswith("logout_supported")
        else (claims["sid"] == told["sid"])
    )
