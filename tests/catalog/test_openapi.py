"""What an OpenAPI document says to the gateway."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.catalog import openapi, path_templates
from gatelodge.catalog.openapi import BadDocument, Described

OAUTH = {
    "type": "oauth2",
    "flows": {
        "clientCredentials": {
            "tokenUrl": "https://example.com/token",
            "scopes": {"read": "Read the weather", "write": "Change the weather"},
        }
    },
}


def document(operation: object, **more: Any) -> dict[str, Any]:
    """Return a document with one operation, GET /today."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Weather", "version": "v1"},
        "paths": {"/today": {"get": operation}},
        "components": {"securitySchemes": {"oauth": OAUTH, "key": {"type": "apiKey"}}},
        **more,
    }


def problems(value: object) -> tuple[str, ...]:
    """Return what is wrong with a document."""
    with pytest.raises(BadDocument) as caught:
        openapi.read(value)
    return caught.value.problems


def only(described: Described) -> tuple[str, set[str]]:
    """Return who may call the only operation, and with which scopes."""
    (operation,) = described.operations
    return operation.audience, set(operation.scopes)


def test_a_document_is_read() -> None:
    """Name, version, description, operations with summaries, and scopes with their meanings."""
    described = openapi.read(
        document(
            {"summary": "Today's weather"}, info={"title": "W", "version": "1", "summary": "s"}
        )
    )
    assert (described.name, described.version, described.description) == ("W", "1", "s")
    (operation,) = described.operations
    assert (operation.method, operation.path) == ("GET", "/today")
    assert operation.summary == "Today's weather"
    assert described.scopes == {"read": "Read the weather", "write": "Change the weather"}


def test_nothing_is_public_unless_it_is_said() -> None:
    """Without security an operation needs a subscribed application's access token."""
    assert only(openapi.read(document({}))) == ("any", set())
    assert only(openapi.read(document({"security": []}))) == ("none", set())
    assert only(openapi.read(document({}, security=[]))) == ("none", set())
    assert only(openapi.read(document({"security": [{}, {"oauth": []}]}))) == ("none", set())
    assert only(openapi.read(document({"security": [{"key": []}]}, security=[]))) == ("any", set())


def test_scopes_come_from_security() -> None:
    """The operation's own security wins over the document's; only OAuth schemes have scopes."""
    own = {"security": [{"oauth": ["read"], "key": ["ignored"]}]}
    assert only(openapi.read(document(own, security=[{"oauth": ["write"]}]))) == ("any", {"read"})
    assert only(openapi.read(document({}, security=[{"oauth": ["write"]}]))) == ("any", {"write"})


def test_openid_scopes_need_no_declaration() -> None:
    """An OpenID Connect scheme lists no scopes, so any may be asked for."""
    schemes = {"securitySchemes": {"oidc": {"type": "openIdConnect"}}}
    described = openapi.read(document({"security": [{"oidc": ["x"]}]}, components=schemes))
    assert only(described) == ("any", {"x"})


@pytest.mark.parametrize(
    ("auth_type", "audience"),
    [
        ("Any", "any"),
        ("Application & Application User", "any"),
        ("Application User", "user"),
        ("Application", "application"),
        ("None", "none"),
    ],
)
def test_wso2s_auth_type_says_who_calls(auth_type: str, audience: str) -> None:
    """``x-auth-type`` is understood as WSO2 writes it."""
    described = openapi.read(
        document({"x-auth-type": auth_type, "security": [{"oauth": ["read"]}]})
    )
    assert only(described) == (audience, set() if audience == "none" else {"read"})


def test_references_are_followed() -> None:
    """Path items and security schemes may be references into the document."""
    value = document({})
    value["paths"] = {"/today": {"$ref": "#/components/pathItems/a~1b"}}
    value["components"] = {
        "pathItems": {"a/b": {"get": {"security": [{"same": ["read"]}]}}},
        "securitySchemes": {"same": {"$ref": "#/components/securitySchemes/oauth"}, "oauth": OAUTH},
    }
    assert only(openapi.read(value)) == ("any", {"read"})


@pytest.mark.parametrize("reference", ["#/components/none", "other.yaml", "#/paths/~1today"])
def test_references_that_lead_nowhere(reference: str) -> None:
    """A missing, foreign or circular reference is a problem."""
    value = document({}, paths={"/today": {"$ref": reference}, "/x": {"get": {}}})
    assert problems(value) == ("paths./today: its reference leads nowhere.",)


def test_every_problem_is_reported() -> None:
    """One run tells all that is wrong, each with its place."""
    value = {
        "openapi": "2.0",
        "info": {},
        "paths": {
            "/a": {"trace": {}, "get": {"security": [{"nothing": []}], "x-auth-type": "Basic"}},
            "/b/{x}": {"get": {"security": [{"oauth": ["read"]}, {"oauth": ["write"]}]}},
            "/b/{y}": {"get": {"security": [{"oauth": ["unknown", "read"]}]}},
            "no-slash": {"get": {}},
            "x-note": {"get": {}},
        },
        "components": {"securitySchemes": {"oauth": OAUTH}},
    }
    assert problems(value) == (
        "openapi: this reads OpenAPI 3.0 and 3.1, not '2.0'.",
        "info.title: is missing.",
        "info.version: is missing.",
        "paths./a.trace: TRACE is never forwarded.",
        "paths./a.get.security: there is no security scheme nothing.",
        "paths./a.get.x-auth-type: 'Basic' is not known.",
        (
            "paths./b/{x}.get.security: the alternatives need different scopes, and one access "
            "token cannot say which was meant."
        ),
        "paths./b/{y}: means the same path as /b/{x}.",
        "paths./b/{y}.get.security: the scope unknown is not declared.",
        "paths.no-slash: a path starts with a slash.",
    )


def test_a_document_describes_something() -> None:
    """A document without operations, or one that is no object, is refused."""
    assert problems(document({}, paths={})) == ("paths: describes no operation.",)
    assert problems([]) == ("The document is not an object.",)


def test_malformed_parts_are_no_crash() -> None:
    """Lists and numbers where objects belong read as empty: the schema check names them."""
    value = document({"security": [{"oauth": "read"}, 7]}, info={"title": "W", "version": "1"})
    assert only(openapi.read(value)) == ("any", set())
    value["paths"]["/today"]["get"] = 7
    assert only(openapi.read(value)) == ("any", set())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(paths=JSON, components=JSON, security=JSON, operation=JSON)
def test_any_document_is_read_or_refused(
    paths: object, components: object, security: object, operation: object
) -> None:
    """Whatever stands where, the answer is a description or a list of problems."""
    values = (
        document(operation, security=security),
        document({}, paths=paths, components=components),
        document({"security": security}, components={"securitySchemes": components}),
    )
    for value in values:
        try:
            said: object = openapi.read(value).operations
        except BadDocument as error:
            said = error.problems
        assert said


@pytest.mark.parametrize(
    "path", ["/", "/a", "/a/", "/a/{b}/c", "/{a}.json", "/{a}-{b}", "/é", "/a%20b"]
)
def test_templates_that_can_be_routed(path: str) -> None:
    """Parameters may be a segment or a part of one."""
    assert path_templates.problem(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "a",
        "/a//b",
        "/a/./b",
        "/..",
        "/a b",
        "/a?b",
        "/a#b",
        "/a\\b",
        "/a\n",
        "/*",
        "/a/*",
        "/{",
        "/}",
        "/{}",
        "/{a{b}}",
        "/a{b",
    ],
)
def test_templates_that_cannot(path: str) -> None:
    """What no request's path could mean, or could mean twice, is refused."""
    assert path_templates.problem(path) is not None


def test_the_names_of_parameters_do_not_matter() -> None:
    """Two templates that match the same paths have one shape; a slash at the end is nothing."""
    assert path_templates.shape("/a/{x}/{y}.json") == path_templates.shape("/a/{b}/{c}.json/")
    assert path_templates.shape("/a/{x}") != path_templates.shape("/a/x")
    assert path_templates.shape("/") == ()


def test_sensitive_scopes_are_named_by_their_scheme() -> None:
    """``x-sensitive-scopes`` lists declared scopes."""
    assert openapi.read(document({})).sensitive_scopes == frozenset()
    scheme = {**OAUTH, "x-sensitive-scopes": ["write"]}
    found = openapi.read(document({}, components={"securitySchemes": {"oauth": scheme}}))
    assert found.sensitive_scopes == {"write"}


@pytest.mark.parametrize(
    ("listed", "problem"), [("write", "is no list of scopes."), (["x"], "the scope x is not")]
)
def test_a_wrong_list_of_sensitive_scopes(listed: object, problem: str) -> None:
    """What is no list, or names what is not declared, is reported with its place."""
    scheme = {**OAUTH, "x-sensitive-scopes": listed}
    (said,) = problems(document({}, components={"securitySchemes": {"oauth": scheme}}))
    assert said.startswith(f"components.securitySchemes.oauth.x-sensitive-scopes: {problem}")
