"""Forms and the Authorization header: read strictly, yet as tolerant as ordinary form parsers."""

import contextlib
from base64 import b64encode
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.oauth import parameters
from gatelodge.oauth.errors import InvalidClient, InvalidRequest, UnsupportedMediaType
from gatelodge.oauth.parameters import Credentials


def basic(text: str | bytes) -> bytes:
    """The Authorization header for ``id:secret``."""
    raw = text.encode() if isinstance(text, str) else text
    return b"Basic " + b64encode(raw)


@pytest.mark.parametrize(
    "value",
    [
        b"application/x-www-form-urlencoded",
        b"Application/X-WWW-Form-Urlencoded; charset=UTF-8",
    ],
)
def test_forms_are_read(value: bytes) -> None:
    """The media type's case and parameters do not matter."""
    parameters.check_media_type(value)


@pytest.mark.parametrize("value", [None, b"", b"application/json", b"multipart/form-data; b=x"])
def test_anything_else_is_415_and_named(value: bytes | None) -> None:
    """The answer says what was sent and what is read instead."""
    with pytest.raises(UnsupportedMediaType) as refused:
        parameters.check_media_type(value)
    assert refused.value.status == 415
    assert "x-www-form-urlencoded" in refused.value.description


@pytest.mark.parametrize(
    "query", [b"client_secret=x", b"a=b&password=x", b"code", b"access%5Ftoken=x", b"token=x"]
)
def test_secrets_in_the_address_are_refused(query: bytes) -> None:
    """Logs keep addresses."""
    with pytest.raises(InvalidRequest, match="sensitive data in the URL"):
        parameters.check_query(query)


def test_other_queries_are_ignored() -> None:
    """A harmless query is nobody's business."""
    parameters.check_query(b"a=b&c")


def test_vbcs_own_snippet_is_read() -> None:
    """Doubled ampersands and raw special characters are taken as ordinary form parsers do."""
    form = parameters.read_form(
        b"grant_type=password&username=jsmith@vbc.prod&password=p@ss!w%rd=$&scope=openid"
        b"&&client_id=abc&client_secret=def"
    )
    assert form == {
        "grant_type": "password",
        "username": "jsmith@vbc.prod",
        "password": "p@ss!w%rd=$",
        "scope": "openid",
        "client_id": "abc",
        "client_secret": "def",
    }


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
        max_size=20,
    )
)
def test_what_a_client_encodes_is_what_is_read(form: dict[str, str]) -> None:
    """Any properly encoded form is read back."""
    assert parameters.read_form(urlencode(form).encode()) == form


@given(st.binary(max_size=300))
def test_no_body_makes_reading_fail_otherwise(body: bytes) -> None:
    """Whatever is sent is read or refused with an OAuth error."""
    with contextlib.suppress(InvalidRequest):
        parameters.read_form(body)
    with contextlib.suppress(InvalidRequest):
        parameters.check_query(body)


def test_an_empty_parameter_is_absent() -> None:
    """``scope=`` says nothing, and may stand beside a real one."""
    assert parameters.read_form(b"scope=&scope=openid&x=&y") == {"scope": "openid"}


@pytest.mark.parametrize(
    "body",
    [
        b"scope=a&scope=a",
        b"unknown=a&unknown=b",
        b"a=%00",
        b"a=\x00",
        b"a=%ff",
        b"\xff=a",
        b"&".join(b"a%d=1" % number for number in range(65)),
    ],
)
def test_a_bad_form_is_refused(body: bytes) -> None:
    """Repeated parameters, NUL, bytes that are no UTF-8 and floods are invalid_request."""
    with pytest.raises(InvalidRequest):
        parameters.read_form(body)


def test_resource_may_be_repeated() -> None:
    """All are kept, in order; nothing in a value passes for the next one."""
    form = parameters.read_form(b"resource=https://a&resource=https://b&audience=c&audience=d")
    assert parameters.resources(form) == ("https://a", "https://b")
    assert parameters.resources({}) == ()


def test_a_token_request_has_the_parameters_of_its_form() -> None:
    """Parameters are read into fields; those not sent are none."""
    form = {"grant_type": "authorization_code", "client_id": "id", "code": "c", "x": "y"}
    request = parameters.token_request(form, None)
    assert (request.grant_type, request.code, request.scope) == ("authorization_code", "c", None)
    assert request.credentials == Credentials(method="none", client_id="id")


def test_a_grant_type_is_needed() -> None:
    """Its absence has VBC's text."""
    with pytest.raises(InvalidRequest, match="Missing grant_type parameter value"):
        parameters.token_request({"client_id": "id"}, None)


def test_a_presented_token_is_needed() -> None:
    """Revocation and introspection are about one token."""
    asked = parameters.presented_token({"token": "t", "client_id": "id"}, None)
    assert (asked.text, asked.credentials.client_id) == ("t", "id")
    with pytest.raises(InvalidRequest):
        parameters.presented_token({"client_id": "id"}, None)


@pytest.mark.parametrize(
    ("form", "authorization", "expected"),
    [
        ({}, basic("id:secret"), ("client_secret_basic", "id", (b"secret",))),
        ({}, b"bAsIc " + b64encode(b"id:secret"), ("client_secret_basic", "id", (b"secret",))),
        ({}, basic("id:se:cret"), ("client_secret_basic", "id", (b"se:cret",))),
        ({}, basic("i%3Ad:s%2Bc"), ("client_secret_basic", "i:d", (b"s+c", b"s%2Bc"))),
        ({}, basic("id:a+b"), ("client_secret_basic", "id", (b"a b", b"a+b"))),
        ({"client_id": "id"}, basic("id:s"), ("client_secret_basic", "id", (b"s",))),
        ({}, basic("id:"), ("none", "id", ())),
        ({"client_id": "id"}, None, ("none", "id", ())),
        (
            {"client_id": "id", "client_secret": "é"},
            None,
            ("client_secret_post", "id", ("é".encode(),)),
        ),
    ],
)
def test_credentials_are_read(
    form: dict[str, str], authorization: bytes | None, expected: tuple[str, str, tuple[bytes, ...]]
) -> None:
    """Basic, encoded or raw, credentials in the body, and none at all."""
    found = parameters.read_credentials(form, authorization)
    assert (found.method, found.client_id, found.secrets) == expected


@pytest.mark.parametrize(
    ("form", "authorization"),
    [
        ({"client_id": "id", "client_secret": "s"}, basic("id:s")),
        ({"client_secret": "s"}, basic("id:s")),
        ({"client_id": "other"}, basic("id:s")),
    ],
)
def test_two_methods_at_once_are_refused(form: dict[str, str], authorization: bytes) -> None:
    """A client has one way to say who it is."""
    with pytest.raises(InvalidRequest, match="more than one authentication method"):
        parameters.read_credentials(form, authorization)


@pytest.mark.parametrize(
    "authorization",
    [
        b"Bearer x",
        b"Basic",
        b"Basic !!!",
        b"Basic " + b64encode(b"no colon"),
        b"Basic " + b64encode(b":secret"),
        b"Basic " + b64encode(b"\xff:secret"),
        b"Basic " + b64encode(b"%ff:secret"),
        b"Basic " + b64encode(b"id\0:secret"),
        b"Basic " + b64encode(b"id%00:secret"),
    ],
)
def test_malformed_basic_is_an_unauthenticated_client(authorization: bytes) -> None:
    """It is answered with 401, whatever is wrong with it."""
    with pytest.raises(InvalidClient):
        parameters.read_credentials({}, authorization)


def test_a_client_must_say_who_it_is() -> None:
    """Neither header nor client_id is 401."""
    with pytest.raises(InvalidClient, match="Client ID not found"):
        parameters.read_credentials({"client_secret": "s"}, None)


@given(
    st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1), st.text(min_size=1)
)
def test_an_encoded_secret_has_its_plain_reading(client_id: str, secret: str) -> None:
    """Whoever follows RFC 6749 section 2.3.1 to the letter is understood."""
    header = basic(f"{quote_plus(client_id)}:{quote_plus(secret)}")
    found = parameters.read_credentials({}, header)
    assert found.client_id == client_id
    assert found.secrets[0] == secret.encode()
