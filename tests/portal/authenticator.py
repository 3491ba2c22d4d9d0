"""A passkey in software, which lies wherever a test tells it to."""

import json
import os
import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from html import unescape
from typing import Any

import httpx2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40

_FORM = re.compile(r'<form[^>]*data-passkey="(?:get|create)".*?</form>', re.DOTALL)
_ATTRIBUTE = re.compile(r'(\w[\w-]*)="([^"]*)"')


class Asked:
    """The form in which a page asks for a passkey, and the browser's options in it."""

    def __init__(self, page: httpx2.Response) -> None:
        found = _FORM.search(page.text)
        assert found is not None, page.text[:3000]
        tags = re.findall(r"<(?:form|input)[^>]*>", found[0])
        read = [{n: unescape(v) for n, v in _ATTRIBUTE.findall(tag)} for tag in tags]
        self.action = read[0]["action"]
        self.options: dict[str, Any] = json.loads(read[0]["data-options"])
        self.fields = {tag["name"]: tag["value"] for tag in read[1:] if tag.get("type") == "hidden"}

    async def answer(self, http: httpx2.AsyncClient, credential: str) -> httpx2.Response:
        """Send the form with a passkey's answer."""
        form = {**self.fields, "credential": credential, "name": "Software"}
        return await http.post(self.action, data=form)


class Authenticator:
    """One credential. ``origin`` is the page the browser says it is on."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.rp_id = "localhost"
        self.flags = PRESENT | VERIFIED
        self.count = 0
        self.credential_id = os.urandom(16)
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: dict[str, Any]) -> str:
        """Return what a browser says of a new passkey."""
        numbers = self._key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id
        data = self._data(ATTESTED) + attested + encode_cbor(public)
        return self._answer(
            clientDataJSON=self._client("webauthn.create", options),
            attestationObject=encode_cbor({"fmt": "none", "attStmt": {}, "authData": data}),
        )

    def sign(self, options: dict[str, Any], kind: str = "webauthn.get") -> str:
        """Return what a browser says of a signature."""
        client, data = self._client(kind, options), self._data()
        signature = self._key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, more: int = 0) -> bytes:
        flags = bytes([self.flags | more])
        return sha256(self.rp_id.encode()).digest() + flags + self.count.to_bytes(4)

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(said).encode()

    def _answer(self, **response: bytes) -> str:
        name = encoded(self.credential_id)
        texts = {field: encoded(value) for field, value in response.items()}
        answer = {"id": name, "rawId": name, "type": "public-key", "response": texts}
        return json.dumps({**answer, "clientExtensionResults": {}})


def encoded(raw: bytes) -> str:
    """Return bytes as Web Authentication writes them."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
