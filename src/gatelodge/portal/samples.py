"""Code samples filled with the reader's own application, in cURL, Python and JavaScript.

What stands here has to run as it is: values are quoted for each language, what only the reader
knows comes from environment variables, and no sample turns certificate checks off.
"""

import json
import shlex
from collections.abc import Mapping, Sequence

import msgspec

from gatelodge.oauth import client_assertion
from gatelodge.oauth.clients import Client

LANGUAGES = ("cURL", "Python", "JavaScript")


class Variable(msgspec.Struct, frozen=True):
    """A value the reader puts into an environment variable of this name."""

    name: str


Value = str | Variable
Fields = Sequence[tuple[str, Value]]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One request in every language; ``name`` is unique on its page."""

    name: str
    title: str
    text: str
    blocks: Mapping[str, str]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What samples are filled with; ``consumer_secret`` only while the page shows it anyway.

    ``api_url`` is an address below the gateway to try an access token on.
    """

    issuer: str
    client: Client
    consumer_secret: str | None = None
    api_url: str | None = None

    @property
    def secret(self) -> Value:
        """The consumer secret, or where the reader keeps it."""
        return self.consumer_secret or Variable("CLIENT_SECRET")

    @property
    def callback(self) -> str:
        """The first registered callback URL."""
        return self.client.redirect_uris[0] if self.client.redirect_uris else "http://localhost"


def curl_value(value: Value) -> str:
    """Return a value as one word of a POSIX shell."""
    return f'"${value.name}"' if isinstance(value, Variable) else shlex.quote(value)


def python_value(value: Value) -> str:
    """Return a value as a Python expression."""
    if isinstance(value, Variable):
        return f'os.environ["{value.name}"]'
    return json.dumps(value)


def javascript_value(value: Value) -> str:
    """Return a value as a JavaScript expression."""
    if isinstance(value, Variable):
        return f"process.env.{value.name}"
    return json.dumps(value)


def token_blocks(facts: Facts, fields: Fields) -> Mapping[str, str]:
    """Return a request to the token endpoint with the client's own authentication."""
    ending = ("answer.raise_for_status()", 'print(answer.json()["access_token"])')
    return _blocks(facts, "/token", fields, ending)


def form_blocks(facts: Facts, path: str, fields: Fields) -> Mapping[str, str]:
    """Return a request to an endpoint; the whole answer is printed, a refusal like any other."""
    return _blocks(facts, path, fields, ("print(answer.json())",))


def _blocks(facts: Facts, path: str, fields: Fields, ending: Sequence[str]) -> Mapping[str, str]:
    proof = _proof(facts.client)
    sent, in_body = [*fields, *proof], bool(proof)
    url = facts.issuer + path
    return {
        "cURL": _curl(facts, url, sent, in_body=in_body),
        "Python": _python(facts, url, sent, ending, in_body=in_body),
        "JavaScript": _javascript(facts, url, sent, in_body=in_body),
    }


def _proof(client: Client) -> Fields:
    """Return what a client that sends no secret puts into the body."""
    if client.type == "public":
        return (("client_id", client.client_id),)
    if client.authentication == "private_key_jwt":
        return (
            ("client_assertion_type", client_assertion.TYPE),
            ("client_assertion", Variable("CLIENT_ASSERTION")),
        )
    return ()


def call_blocks(url: str) -> Mapping[str, str]:
    """Return a GET request with an access token."""
    return {
        "cURL": f'curl {shlex.quote(url)} \\\n  -H "Authorization: Bearer $ACCESS_TOKEN"',
        "Python": "\n".join(
            (
                "import os",
                "",
                "import requests",
                "",
                "answer = requests.get(",
                f"    {json.dumps(url)},",
                '    headers={"Authorization": "Bearer " + os.environ["ACCESS_TOKEN"]},',
                "    timeout=10,",
                ")",
                "print(answer.status_code, answer.text)",
            )
        ),
        "JavaScript": "\n".join(
            (
                f"const answer = await fetch({json.dumps(url)}, {{",
                "  headers: { Authorization: `Bearer ${process.env.ACCESS_TOKEN}` },",
                "});",
                "console.log(answer.status, await answer.text());",
            )
        ),
    }


def _curl(facts: Facts, url: str, fields: Fields, *, in_body: bool) -> str:
    lines = [f"curl {shlex.quote(url)}"]
    if not in_body:
        secret = facts.secret
        pair = facts.client.client_id + ":"
        user = f'"{pair}${secret.name}"' if isinstance(secret, Variable) else f'"{pair}{secret}"'
        lines.append(f"  -u {user}")
    lines += [f"  --data-urlencode {_curl_field(name, value)}" for name, value in fields]
    return " \\\n".join(lines)


def _curl_field(name: str, value: Value) -> str:
    if isinstance(value, Variable):
        return f'"{name}=${value.name}"'
    return shlex.quote(f"{name}={value}")


def _python(facts: Facts, url: str, fields: Fields, ending: Sequence[str], *, in_body: bool) -> str:
    lines = ["import requests", "", "answer = requests.post("]
    lines.append(f"    {json.dumps(url)},")
    if not in_body:
        pair = f"{json.dumps(facts.client.client_id)}, {python_value(facts.secret)}"
        lines.append(f"    auth=({pair}),")
    lines.append("    data={")
    lines += [f"        {json.dumps(name)}: {python_value(value)}," for name, value in fields]
    lines += ["    },", "    timeout=10,", ")", *ending]
    code = "\n".join(lines)
    return f"import os\n\n{code}" if "os.environ" in code else code


def _javascript(facts: Facts, url: str, fields: Fields, *, in_body: bool) -> str:
    lines = [f"const answer = await fetch({json.dumps(url)}, {{", '  method: "POST",']
    if not in_body:
        pair = json.dumps(facts.client.client_id + ":")
        credentials = f"{pair} + {javascript_value(facts.secret)}"
        if facts.consumer_secret:
            credentials = json.dumps(f"{facts.client.client_id}:{facts.consumer_secret}")
        lines += [
            "  headers: {",
            f'    Authorization: "Basic " + btoa({credentials}),',
            "  },",
        ]
    lines.append("  body: new URLSearchParams({")
    lines += [f"    {name}: {javascript_value(value)}," for name, value in fields]
    lines += ["  }),", "});", "console.log(await answer.json());"]
    return "\n".join(lines)
