"""An authenticator app that is being set up: its secret waits in the browser, sealed."""

import os

import msgspec
import segno

from gatelodge.identity import totp
from gatelodge.two_step.parts import Owner
from gatelodge.web.browser_seals import BrowserSeals
from gatelodge.web.sealing import BadSeal

_PURPOSE = "new-authenticator-app"
_LIFETIME = 1_800


class _NewApp(msgspec.Struct, frozen=True, kw_only=True):
    secret: bytes
    kind: str
    person_id: int

    def __repr__(self) -> str:
        """Show nothing of the secret."""
        return "_NewApp(...)"


class NewApps:
    """Makes secrets and shows them; nothing is stored until the app has shown a code."""

    def __init__(self, seals: BrowserSeals, product_name: str) -> None:
        self._seals = seals
        self._product_name = product_name

    def fresh(self, owner: Owner) -> str:
        """Return a fresh secret, sealed for this person in this browser."""
        person = owner.person
        made = _NewApp(secret=os.urandom(totp.SECRET_BYTES), kind=person.kind, person_id=person.id)
        return self._seals.seal(owner.request, _PURPOSE, made, owner.act.now + _LIFETIME)

    def opened(self, owner: Owner, sealed: str) -> bytes:
        """Return the secret. Raises ``BadSeal``."""
        made = self._seals.unseal(owner.request, _PURPOSE, sealed, _NewApp)
        if (made.kind, made.person_id) != (owner.person.kind, owner.person.id):
            raise BadSeal
        return made.secret

    def shown(self, owner: Owner, sealed: str) -> dict[str, str]:
        """Return what the page shows: the secret as a picture and as text."""
        secret = self.opened(owner, sealed)
        address = totp.address(secret, self._product_name, owner.name)
        picture = segno.make(address, error="m", micro=False)
        return {
            "sealed": sealed,
            "qr": picture.svg_data_uri(border=4, dark="#000", light="#fff", scale=4),
            "readable": totp.readable(secret),
        }
