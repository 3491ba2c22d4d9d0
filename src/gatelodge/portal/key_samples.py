"""The samples of a keys page: only those its grant types allow, with PKCE where the key asks."""

import json
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from gatelodge.portal.samples import Facts, Fields, Sample, Variable, call_blocks, token_blocks

_VERIFIER = Variable("CODE_VERIFIER")


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
    return tuple(_token_examples(facts))


def _token_examples(facts: Facts) -> Iterable[Sample]:
    grants = facts.client.grant_types
    if "refresh_token" in grants:
        yield Sample(
            name="refresh",
            title="Refresh Token",
            text="Trade the refresh token for a new access token before the old one ends. The "
            "answer carries a new refresh token: keep it, the old one stops working.",
            blocks=token_blocks(
                facts,
                (("grant_type", "refresh_token"), ("refresh_token", Variable("REFRESH_TOKEN"))),
            ),
        )
    if "password" in grants:
        yield Sample(
            name="password",
            title="Password",
            text="Generate an access token with the user's own name and password. For trying "
            "things out and for old code; use Code in production.",
            blocks=token_blocks(
                facts,
                (
                    ("grant_type", "password"),
                    ("username", Variable("USERNAME")),
                    ("password", Variable("PASSWORD")),
                    ("scope", "openid"),
                ),
            ),
        )
    if "client_credentials" in grants:
        yield Sample(
            name="credentials",
            title="Client Credentials",
            text="Generate an access token that stands for the application itself, not for a user.",
            blocks=token_blocks(facts, (("grant_type", "client_credentials"),)),
        )
    if facts.api_url:
        yield Sample(
            name="call",
            title="Call an API",
            text="Send the access token with every request.",
            blocks=call_blocks(facts.api_url),
        )


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
    if facts.client.require_pkce:
        return _pkce_blocks(facts.issuer, query)
    address = f"{facts.issuer}/authorize?{urlencode(query)}&state="
    return {
        "cURL": f'STATE=$(openssl rand -hex 16)\necho "{address}$STATE"',
        "Python": "\n".join(
            (
                "import secrets",
                "",
                "state = secrets.token_urlsafe(16)",
                f"print({json.dumps(address)} + state)",
            )
        ),
        "JavaScript": "\n".join(
            (
                "const state = crypto.randomUUID();",
                f"console.log({json.dumps(address)} + state);",
            )
        ),
    }


def _pkce_blocks(issuer: str, query: Mapping[str, str]) -> Mapping[str, str]:
    address = f"{issuer}/authorize?{urlencode(query)}&code_challenge_method=S256"
    return {
        "cURL": "\n".join(
            (
                "CODE_VERIFIER=$(openssl rand -base64 48 | tr '+/' '-_')",
                'CODE_CHALLENGE=$(printf %s "$CODE_VERIFIER" | openssl dgst -sha256 -binary \\',
                "  | base64 | tr '+/' '-_' | tr -d '=')",
                "STATE=$(openssl rand -hex 16)",
                f'echo "{address}&code_challenge=$CODE_CHALLENGE&state=$STATE"',
                'echo "Keep for the exchange: CODE_VERIFIER=$CODE_VERIFIER"',
            )
        ),
        "Python": "\n".join(
            (
                "import base64",
                "import hashlib",
                "import secrets",
                "",
                "state = secrets.token_urlsafe(16)",
                "code_verifier = secrets.token_urlsafe(48)",
                "digest = hashlib.sha256(code_verifier.encode()).digest()",
                'code_challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()',
                "print(",
                f"    {json.dumps(address)}",
                '    f"&code_challenge={code_challenge}&state={state}"',
                ")",
                'print("Keep for the exchange: CODE_VERIFIER=" + code_verifier)',
            )
        ),
        "JavaScript": "\n".join(
            (
                'import { createHash, randomBytes } from "node:crypto";',
                "",
                'const state = randomBytes(16).toString("hex");',
                'const codeVerifier = randomBytes(48).toString("base64url");',
                'const codeChallenge = createHash("sha256").update(codeVerifier)',
                '  .digest("base64url");',
                "console.log(",
                f"  {json.dumps(address)} +",
                "  `&code_challenge=${codeChallenge}&state=${state}`,",
                ");",
                "console.log(`Keep for the exchange: CODE_VERIFIER=${codeVerifier}`);",
            )
        ),
    }
