"""Client assertions signed by another library (joserfc), right in all but what a test changes."""

import json
import warnings
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from gatelodge.oauth.client_assertion import TYPE

CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})
OTHER_CURVE = ECKey.generate_key("P-256", {"kid": "curve"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EDWARDS = OKPKey.generate_key("Ed25519", {"kid": "edwards"})
KEYS: Mapping[str, ECKey | RSAKey | OKPKey] = {
    "ES256": CURVE,
    "RS256": RSA,
    "PS256": RSA,
    "EdDSA": EDWARDS,
}


def jwk_set(*keys: ECKey | RSAKey | OKPKey) -> str:
    """Return the text of a key set with the public parts."""
    chosen = keys or (CURVE, RSA, EDWARDS)
    return json.dumps({"keys": [key.as_dict(private=False) for key in chosen]})


def claims(client_id: str, issuer: str, now: int, **changed: Any) -> dict[str, Any]:
    """Return good claims; one that is changed to ``None`` is left out."""
    good = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "jti": "once",
        "iat": now,
        "exp": now + 60,
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


def signed(
    payload: Mapping[str, Any],
    algorithm: str = "ES256",
    key: ECKey | RSAKey | OKPKey | None = None,
    **header: Any,
) -> str:
    """Return the compact JWS; a header field that is ``None`` is left out."""
    chosen = key or KEYS[algorithm]
    fields = {"alg": algorithm, "kid": chosen.kid} | header
    fields = {name: value for name, value in fields.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    with warnings.catch_warnings():
        # EdDSA's name is on its way out (RFC 9864), yet it is what servers announce today.
        warnings.simplefilter("ignore", SecurityWarning)
        return jws.serialize_compact(
            fields, json.dumps(payload).encode(), chosen, registry=registry
        )


def proof(text: str) -> dict[str, str]:
    """Return the form fields that carry an assertion."""
    return {"client_assertion_type": TYPE, "client_assertion": text}
