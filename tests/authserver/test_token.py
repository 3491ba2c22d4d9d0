"""The token endpoint: who may ask, in what form, and what an answer looks like."""

from base64 import b64encode

import pytest

from gatelodge.storage import changes, clients
from gatelodge.storage.connections import Connection
from tests.authserver.asgi import FORM, call, post
from tests.authserver.conftest import PASSWORD, SECRET, Server

VBC_FIELDS = ["access_token", "refresh_token", "scope", "id_token", "token_type", "expires_in"]


async def test_vbcs_own_password_snippet_works(server: Server) -> None:
    """The official curl line, with its doubled ampersand and raw characters, gets VBC's answer."""
    owner = await server.client()
    body = (
        f"grant_type=password&username=jsmith@vbc.prod&password={PASSWORD}&scope=openid"
        f"&&client_id={owner.client_id}&client_secret={SECRET}"
    ).encode()

    answer = await post(server.endpoints["/token"], body)

    assert answer.status == 200
    tokens = answer.json()
    assert list(tokens) == VBC_FIELDS
    assert (tokens["scope"], tokens["token_type"]) == ("openid", "Bearer")
    assert tokens["expires_in"] == 86_400
    assert (answer.header("cache-control"), answer.header("pragma")) == ("no-store", "no-cache")


async def test_vbcs_own_code_example_works(server: Server) -> None:
    """Basic, no scope and no PKCE: the scope is default and there is no id_token."""
    owner = await server.client(require_pkce=False)
    code = await server.code(owner, scope="default", code_challenge=None)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "https://app.example/cb",
    }

    answer = await post(server.endpoints["/token"], form, auth=(owner.client_id, SECRET))

    tokens = answer.json()
    assert list(tokens) == [name for name in VBC_FIELDS if name != "id_token"]
    assert tokens["scope"] == "default"


@pytest.mark.parametrize(
    ("headers", "body", "status", "error", "description"),
    [
        ({}, b"grant_type=password", 415, "invalid_request", "no Content-Type"),
        ({"content-type": "application/json"}, b"{}", 415, "invalid_request", "application/json"),
        ({"content-type": FORM}, b"", 400, "invalid_request", "Missing grant_type"),
        ({"content-type": FORM}, b"grant_type=&a=b", 400, "invalid_request", "Missing grant_type"),
        ({"content-type": FORM}, b"grant_type=a&grant_type=a", 400, "invalid_request", "repeated"),
        ({"content-type": FORM}, b"grant_type=%00", 400, "invalid_request", "NUL"),
        ({"content-type": FORM}, b"grant_type=%ff", 400, "invalid_request", "UTF-8"),
        ({"content-type": FORM}, b"a=" + b"x" * 70_000, 413, "invalid_request", "at most"),
        ({"content-type": FORM}, b"grant_type=password", 401, "invalid_client", "Client ID"),
        (
            {"content-type": FORM},
            b"grant_type=password&client_id=nobody",
            401,
            "invalid_client",
            "could not be found for client_id: nobody",
        ),
    ],
)
async def test_what_cannot_be_read_is_refused(
    server: Server,
    headers: dict[str, str | bytes],
    body: bytes,
    status: int,
    error: str,
    description: str,
) -> None:
    """Each mistake has its status and a text that names it, and nothing is cached."""
    answer = await call(server.endpoints["/token"], "POST", headers=headers, body=body)

    assert answer.status == status
    assert list(answer.json()) == ["error_description", "error"]
    assert answer.json()["error"] == error
    assert description in answer.json()["error_description"]
    assert answer.header("cache-control") == "no-store"


async def test_a_body_may_come_in_pieces(server: Server) -> None:
    """And a caller that leaves before its end gets no answer."""
    body = [b"grant_ty", b"pe=password", b""]
    answer = await call(
        server.endpoints["/token"], "POST", headers={"content-type": FORM}, body=body
    )
    assert answer.json()["error"] == "invalid_client"


async def test_get_is_405(server: Server) -> None:
    """And says what is allowed."""
    answer = await call(server.endpoints["/token"], "GET")
    assert (answer.status, answer.header("allow")) == (405, "OPTIONS, POST")


async def test_a_secret_in_the_address_is_refused(server: Server) -> None:
    """Even a right one: the logs have it now."""
    owner = await server.client()
    query = f"client_id={owner.client_id}&client_secret={SECRET}".encode()
    body = b"grant_type=client_credentials"
    headers: dict[str, str | bytes] = {"content-type": FORM}

    answer = await call(server.endpoints["/token"], "POST", query=query, body=body, headers=headers)

    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


async def test_a_repeated_authorization_header_is_refused(server: Server) -> None:
    """Which one would count?"""
    owner = await server.client()
    basic = b"Basic " + b64encode(f"{owner.client_id}:{SECRET}".encode())
    headers: list[tuple[str, str | bytes]] = [
        ("content-type", FORM),
        ("authorization", basic),
        ("authorization", basic),
    ]
    body = b"grant_type=client_credentials"

    answer = await call(server.endpoints["/token"], "POST", headers=headers, body=body)

    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("in_body", [True, False])
async def test_a_wrong_secret_is_401_with_a_challenge(server: Server, *, in_body: bool) -> None:
    """Whichever way it came."""
    owner = await server.client()
    form = {"grant_type": "client_credentials"}
    pair = (owner.client_id, "wrong")
    if in_body:
        form |= {"client_id": pair[0], "client_secret": pair[1]}

    answer = await post(server.endpoints["/token"], form, auth=None if in_body else pair)

    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
    assert answer.json()["error_description"] == "Client Authentication failed."
    assert (answer.header("www-authenticate") or "").startswith("Basic ")


async def test_two_methods_at_once_are_refused(server: Server) -> None:
    """With VBC's text."""
    owner = await server.client()
    form = {"grant_type": "client_credentials", "client_secret": SECRET}
    answer = await post(server.endpoints["/token"], form, auth=(owner.client_id, SECRET))
    assert (answer.status, answer.json()) == (
        400,
        {
            "error_description": "The client MUST NOT use more than one authentication method "
            "per request.",
            "error": "invalid_request",
        },
    )


async def test_a_grant_type_must_be_known_and_the_keys_own(server: Server) -> None:
    """Unknown ones and ones the key does not have are told apart."""
    owner = await server.client(grant_types=frozenset({"authorization_code"}))

    unknown = await server.post("/token", owner, grant_type="implicit")
    foreign = await server.post("/token", owner, grant_type="password", username="j", password="p")

    assert (unknown.status, unknown.json()["error"]) == (400, "unsupported_grant_type")
    assert (foreign.status, foreign.json()["error"]) == (400, "unauthorized_client")


async def test_client_credentials_get_an_access_token_only(server: Server) -> None:
    """No refresh token, no id_token, whatever scope is asked for."""
    owner = await server.client()

    answer = await server.post("/token", owner, grant_type="client_credentials")
    openid = await server.post("/token", owner, grant_type="client_credentials", scope="openid")

    assert list(answer.json()) == ["access_token", "scope", "token_type", "expires_in"]
    assert answer.json()["scope"] == "default"
    assert "id_token" not in openid.json()


async def test_client_credentials_are_not_for_public_clients(server: Server) -> None:
    """They have none."""
    public = await server.client(type="public")
    answer = await server.post("/token", public, grant_type="client_credentials")
    assert (answer.status, answer.json()["error"]) == (400, "unauthorized_client")


async def test_a_public_client_must_not_send_a_secret(server: Server) -> None:
    """It is refused, not ignored."""
    public = await server.client(type="public")
    code = await server.code(public)
    form = {"grant_type": "authorization_code", "code": code, "client_secret": "x"}
    answer = await post(server.endpoints["/token"], {**form, "client_id": public.client_id})
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")


async def test_a_removed_secret_is_refused_by_the_next_request(server: Server) -> None:
    """The caches forget with the change."""
    owner = await server.client()
    assert (await server.post("/token", owner, grant_type="client_credentials")).status == 200

    def remove(conn: Connection) -> None:
        clients.remove_secret(conn, owner.secrets[0].id)
        changes.append(conn, "application", owner.application_id)

    await server.store.write(remove)

    assert (await server.post("/token", owner, grant_type="client_credentials")).status == 401
