"""A device with passkeys, as the browser itself plays one (WebAuthn, section 11)."""

from typing import Self

from playwright.async_api import CDPSession, Page

_OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """A virtual authenticator; it touches itself while ``present``."""

    def __init__(self, session: CDPSession, authenticator_id: str) -> None:
        self._session = session
        self._id = authenticator_id

    @classmethod
    async def of(cls, page: Page) -> Self:
        """Plug one in."""
        session = await page.context.new_cdp_session(page)
        await session.send("WebAuthn.enable", {"enableUI": False})
        added = await session.send("WebAuthn.addVirtualAuthenticator", {"options": _OPTIONS})
        return cls(session, added["authenticatorId"])

    async def present(self, *, enabled: bool) -> None:
        """Say whether somebody is there to touch it."""
        wanted = {"authenticatorId": self._id, "enabled": enabled}
        await self._session.send("WebAuthn.setAutomaticPresenceSimulation", wanted)
