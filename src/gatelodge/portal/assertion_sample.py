"""The sample that signs a client assertion, for keys that prove themselves with private_key_jwt."""

import json

from gatelodge.portal.samples import Facts, Sample

_SHELL = """\
b64() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
NOW=$(date +%s)
HEADER=$(printf '{"alg":"RS256","kid":"%s"}' "$KEY_ID" | b64)
CLAIMS=$(printf '{"iss":CLIENT,"sub":CLIENT,"aud":ISSUER,"jti":"%s","iat":%s,"exp":%s}' \\
  "$(openssl rand -hex 16)" "$NOW" "$((NOW + 60))" | b64)
SIGNATURE=$(printf %s "$HEADER.$CLAIMS" \\
  | openssl dgst -sha256 -sign private-key.pem | b64)
CLIENT_ASSERTION="$HEADER.$CLAIMS.$SIGNATURE"
"""
_PYTHON = """\
import os
import time
import uuid
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import RSAKey

key = RSAKey.import_key(Path("private-key.pem").read_text())
now = int(time.time())
claims = {
    "iss": CLIENT,
    "sub": CLIENT,
    "aud": ISSUER,
    "jti": str(uuid.uuid4()),
    "iat": now,
    "exp": now + 60,
}
header = {"alg": "RS256", "kid": os.environ["KEY_ID"]}
print(jwt.encode(header, claims, key))
"""
_JAVASCRIPT = """\
import { randomUUID, sign } from "node:crypto";
import { readFileSync } from "node:fs";

const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
const now = Math.floor(Date.now() / 1000);
const claims = {
  iss: CLIENT,
  sub: CLIENT,
  aud: ISSUER,
  jti: randomUUID(),
  iat: now,
  exp: now + 60,
};
const header = { alg: "RS256", kid: process.env.KEY_ID };
const text = `${encode(header)}.${encode(claims)}`;
const signature = sign("sha256", text, readFileSync("private-key.pem"));
console.log(`${text}.${signature.toString("base64url")}`);
"""


def assertion_sample(facts: Facts) -> Sample:
    """Return how an assertion is signed; every further request carries a new one."""
    # A consumer key and an issuer have no character that a quote of any language would mind.
    client, issuer = json.dumps(facts.client.client_id), json.dumps(facts.issuer)
    templates = {"cURL": _SHELL, "Python": _PYTHON, "JavaScript": _JAVASCRIPT}
    return Sample(
        name="assertion",
        title="Sign a client assertion",
        text="Requests to the token endpoint carry a JWT signed with your private key instead of a "
        "secret: CLIENT_ASSERTION below. Each works once, so sign a new one for every request. "
        "private-key.pem is that key, here an RSA one, and KEY_ID the kid its public key has.",
        blocks={
            name: text.replace("CLIENT,", client + ",").replace("ISSUER,", issuer + ",").rstrip()
            for name, text in templates.items()
        },
    )
