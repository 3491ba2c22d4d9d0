"""Code samples run as they stand: quoted for their language, right for the grants and for PKCE."""

import ast
import shlex

import msgspec
import pytest

from gatelodge.oauth.clients import Client
from gatelodge.portal import key_samples
from gatelodge.portal.highlight import highlight
from gatelodge.portal.samples import LANGUAGES, Facts, Sample, Variable, token_blocks

CLIENT = Client(
    id=1,
    client_id="MyConsumerKey_a",
    application_id=2,
    application_name="MyTestApp",
    owner_name="Dev",
    environment="production",
    grant_types=frozenset(
        {
            "authorization_code",
            "refresh_token",
            "password",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code",
        }
    ),
    redirect_uris=("https://app.example/cb?a=1&b='$HOME'",),
    created_at=0,
)
FACTS = Facts(
    issuer="http://localhost:8080",
    client=CLIENT,
    api_url="http://localhost:8080/t/vbc.prod/x/api/it's",
)


def every(facts: Facts) -> list[Sample]:
    """Return all samples of a page."""
    return [*key_samples.endpoint_examples(facts), *key_samples.token_examples(facts)]


@pytest.mark.parametrize("secret", [None, "glcs_abc-DEF_123"])
@pytest.mark.parametrize("kind", ["confidential", "public"])
def test_every_sample_is_well_formed(secret: str | None, kind: str) -> None:
    """Shell words balance, Python parses, JavaScript strings close, in every combination."""
    client = msgspec.structs.replace(CLIENT, type=kind)
    for sample in every(msgspec.structs.replace(FACTS, client=client, consumer_secret=secret)):
        assert tuple(sample.blocks) == LANGUAGES
        shlex.split(sample.blocks["cURL"])
        ast.parse(sample.blocks["Python"])
        assert sample.blocks["JavaScript"].count('"') % 2 == 0
        assert "curl -k" not in sample.blocks["cURL"]
        assert "--insecure" not in sample.blocks["cURL"]


def test_the_exchange_sends_what_the_key_asks_for() -> None:
    """Code, callback URL and verifier are in the exchange; the verifier only with PKCE."""
    exchange = key_samples.endpoint_examples(FACTS)[1].blocks["cURL"]
    words = shlex.split(exchange.replace("\\\n", " "))
    assert words[:4] == [
        "curl",
        "http://localhost:8080/token",
        "-u",
        "MyConsumerKey_a:$CLIENT_SECRET",
    ]
    assert f"redirect_uri={CLIENT.redirect_uris[0]}" in words
    assert "code_verifier=$CODE_VERIFIER" in words
    client = msgspec.structs.replace(CLIENT, require_pkce=False)
    plain = key_samples.endpoint_examples(msgspec.structs.replace(FACTS, client=client))
    assert "code_verifier" not in plain[1].blocks["cURL"]
    assert "code_challenge" not in plain[0].blocks["cURL"]


def test_the_secret_is_filled_in_while_it_is_known() -> None:
    """A known secret stands in every language; an unknown one is an environment variable."""
    known = token_blocks(
        msgspec.structs.replace(FACTS, consumer_secret="S3cret"), (("grant_type", "password"),)
    )
    assert all("S3cret" in block for block in known.values())
    unknown = token_blocks(FACTS, (("username", Variable("USERNAME")),))
    assert '-u "MyConsumerKey_a:$CLIENT_SECRET"' in unknown["cURL"]
    assert 'os.environ["CLIENT_SECRET"]' in unknown["Python"]
    assert 'btoa("MyConsumerKey_a:" + process.env.CLIENT_SECRET)' in unknown["JavaScript"]
    assert "username: process.env.USERNAME" in unknown["JavaScript"]


def test_a_public_client_names_itself_in_the_body() -> None:
    """Without a secret there is no Basic header but a client_id (RFC 6749 section 3.2.1)."""
    client = msgspec.structs.replace(CLIENT, type="public")
    blocks = token_blocks(
        msgspec.structs.replace(FACTS, client=client), (("grant_type", "password"),)
    )
    assert "--data-urlencode client_id=MyConsumerKey_a" in blocks["cURL"]
    assert all("CLIENT_SECRET" not in block for block in blocks.values())


def test_only_grants_that_are_on_have_samples() -> None:
    """Each grant type brings its own samples and no other."""
    client = msgspec.structs.replace(CLIENT, grant_types=frozenset({"client_credentials"}))
    facts = msgspec.structs.replace(FACTS, client=client, api_url=None)
    assert [sample.name for sample in every(facts)] == ["client_credentials"]
    assert [sample.name for sample in every(FACTS)] == [
        "authorize",
        "exchange",
        "refresh_token",
        "password",
        "client_credentials",
        "device",
        "device_poll",
        "call",
    ]


@pytest.mark.parametrize("language", [*LANGUAGES, "JSON", "unknown"])
def test_colours_change_no_character(language: str) -> None:
    """Highlighted code is the code, escaped, with spans around words."""
    code = 'curl "<b>$X</b>" \'&amp;\' -d x=1 # \nconst a = `${b}`; return null; {"k": "v", "n": 1}'
    marked = highlight(code, language)
    assert marked.striptags() != ""
    assert "<b>" not in marked
    assert marked.unescape().replace("</span>", "").count("<span") == marked.count("<span")
