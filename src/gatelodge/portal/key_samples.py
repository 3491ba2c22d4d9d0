"""The samples of a keys page: only those its grant types allow, with PKCE where the key asks."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from gatelodge.oauth import device
from gatelodge.portal.assertion_sample import assertion_sample
from gatelodge.portal.samples import (
    Facts,
    Fields,
    Sample,
    Variable,
    call_blocks,
    form_blocks,
    token_blocks,
)

_VERIFIER = Variable("CODE_VERIFIER")

_GRANTS: Sequence[tuple[str, str, str, Fields]] = (
    (
        "refresh_token",
        "Refresh Token",
        (
            "Trade the refresh token for a new access token before the old one ends. The answer "
            "carries a new refresh token: keep it, the old one stops working."
        ),
        (("grant_type", "refresh_token"), ("refresh_token", Variable("REFRESH_TOKEN"))),
    ),
    (
        "password",
        "Password",
        (
            "Generate an access token with the user's own name and password. For trying things "
            "out and for old code; use Code in production."
        ),
        (
            ("grant_type", "password"),
            ("username", Variable("USERNAME")),
            ("password", Variable("PASSWORD")),
            ("scope", "openid"),
        ),
    ),
    (
        "client_credentials",
        "Client Credentials",
        "Generate an access token that stands for the application itself, not for a user.",
        (("grant_type", "client_credentials"),),
    ),
)

_DEVICE: Sequence[tuple[str, str, str, str, Fields]] = (
    (
        "device",
        "Ask for a user code",
        (
            "For a device without a browser. Show the user_code of the answer together with the "
            "verification_uri, where the user types it, or verification_uri_complete as a QR code."
        ),
        "/device_authorization",
        (("scope", "openid"),),
    ),
    (
        "device_poll",
        "Wait for the user",
        (
            "Send this every interval seconds while its error is authorization_pending, five "
            "seconds slower each time it is slow_down. Any other answer is the last one."
        ),
        "/token",
        (("grant_type", device.GRANT_TYPE), ("device_code", Variable("DEVICE_CODE"))),
    ),
)

_PLAIN = {
    "cURL": """\
STATE=$(openssl rand -hex 16)
echo "ADDRESS&state=$STATE\"""",
    "Python": """\
import secrets

state = secrets.token_urlsafe(16)
print("ADDRESS&state=" + state)""",
    "JavaScript": """\
const state = crypto.randomUUID();
console.log("ADDRESS&state=" + state);""",
}

_PKCE = {
    "cURL": """\
CODE_VERIFIER=$(openssl rand -base64 48 | tr '+/' '-_')
CODE_CHALLENGE=$(printf %s "$CODE_VERIFIER" | openssl dgst -sha256 -binary \\
  | base64 | tr '+/' '-_' | tr -d '=')
STATE=$(openssl rand -hex 16)
echo "ADDRESS&code_challenge=$CODE_CHALLENGE&state=$STATE"
echo "Keep for the exchange: CODE_VERIFIER=$CODE_VERIFIER\"""",
    "Python": """\
import base64
import hashlib
import secrets

state = secrets.token_urlsafe(16)
code_verifier = secrets.token_urlsafe(48)
digest = hashlib.sha256(code_verifier.encode()).digest()
code_challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
print(
    "ADDRESS"
    f"&code_challenge={code_challenge}&state={state}"
)
print("Keep for the exchange: CODE_VERIFIER=" + code_verifier)""",
    "JavaScript": """\
import { createHash, randomBytes } from "node:crypto";

const state = randomBytes(16).toString("hex");
const codeVerifier = randomBytes(48).toString("base64url");
const codeChallenge = createHash("sha256").update(codeVerifier)
  .digest("base64url");
console.log(
  "ADDRESS" +
  `&code_challenge=${codeChallenge}&state=${state}`,
);
console.log(`Keep for the exchange: CODE_VERIFIER=${codeVerifier}`);""",
}


def endpoint_examples(facts: Facts) -> Sequence[Sample]:
    """Return the two requests of the authorization code grant; none while Code is off."""
    if "authorization_code" not in facts.client.grant_types:
        return ()
    return (
        Sample(
            name="authorize",
            title="Get an authorization code",
            text="Send the user's browser to the authorize endpoint. After the user has agreed, "
            f"it comes back to {facts.callback} with the parameters code and state.",
            blocks=_authorize_blocks(facts),
        ),
        Sample(
            name="exchange",
            title="Exchange the code for an access token",
            text="Send the code to the token endpoint. It works once, and for "
            f"{facts.client.code_lifetime} seconds.",
            blocks=token_blocks(facts, _exchange_fields(facts)),
        ),
    )


def token_examples(facts: Facts) -> Sequence[Sample]:
    """Return one request for each further grant type that is on, and a call to an API."""
    asserting = facts.client.authentication == "private_key_jwt"
    samples = [assertion_sample(facts)] if asserting else []
    samples += [
        Sample(name=grant, title=title, text=text, blocks=token_blocks(facts, fields))
        for grant, title, text, fields in _GRANTS
        if grant in facts.client.grant_types
    ]
    if device.GRANT_TYPE in facts.client.grant_types:
        samples += [
            Sample(name=name, title=title, text=text, blocks=form_blocks(facts, path, fields))
            for name, title, text, path, fields in _DEVICE
        ]
    if facts.api_url:
        text = "Send the access token with every request."
        blocks = call_blocks(facts.api_url)
        samples.append(Sample(name="call", title="Call an API", text=text, blocks=blocks))
    return samples


def _exchange_fields(facts: Facts) -> Fields:
    fields: list[tuple[str, str | Variable]] = [
        ("grant_type", "authorization_code"),
        ("code", Variable("CODE")),
        ("redirect_uri", facts.callback),
    ]
    if facts.client.require_pkce:
        fields.append(("code_verifier", _VERIFIER))
    return fields


def _authorize_blocks(facts: Facts) -> Mapping[str, str]:
    query = {
        "response_type": "code",
        "client_id": facts.client.client_id,
        "redirect_uri": facts.callback,
        "scope": "openid",
    }
    templates = _PLAIN
    if facts.client.require_pkce:
        query["code_challenge_method"] = "S256"
        templates = _PKCE
    # Safe inside double quotes in every language: nothing but URL characters is left.
    address = f"{facts.issuer}/authorize?{urlencode(query)}"
    return {name: template.replace("ADDRESS", address) for name, template in templates.items()}
