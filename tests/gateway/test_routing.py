"""What a path means, and that no other spelling of it means something else."""

from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gatelodge.catalog.apis import Operation
from gatelodge.gateway.errors import BadPath, NoSuchContext, NoSuchResource, WrongVerb
from gatelodge.gateway.routing import Routes, check
from tests.gateway.installation import api


def operations(*paths: str) -> tuple[Operation, ...]:
    """Return a GET operation for each path."""
    return tuple(Operation(method="get", path=path) for path in paths)


PATHS = (
    "/",
    "/files",
    "/files/{id}",
    "/files/{id}/parts/{part}",
    "/files/admin",
    "/files/{name}.json",
    "/files/{from}-to-{to}",
    "/caf%C3%A9/a b",
    "/{kind}/report",
)
ROUTES = Routes(
    "vbc.prod",
    [
        api(
            id=1,
            context="/store",
            version="v1",
            operations=operations("/old"),
            default_version=False,
        ),
        api(id=2, context="/store", version="v2", operations=operations(*PATHS)),
        api(id=3, context="/store/inner", version="v1", operations=operations("/files")),
        api(id=4, context="/gone", version="v1", state="retired"),
        api(id=5, context="/new", version="v1", state="created", default_version=False),
        api(id=6, context="/gone", version="v2", operations=operations("/{a}/{b}")),
        api(
            id=7,
            context="/verbs",
            operations=(
                Operation(method="GET", path="/x/{id}"),
                Operation(method="PUT", path="/x/{number}/"),
                Operation(method="GET", path="/x/no-{number}"),
                Operation(method="POST", path="/y"),
                Operation(method="OPTIONS", path="/y"),
            ),
        ),
    ],
)


def found(path: str) -> tuple[int, str, str, str]:
    """Return the API, the template, the base and the rest of a path below the tenant."""
    match = ROUTES.match(f"/t/vbc.prod{path}".encode())
    template = next(iter(match.resource.operations.values())).path
    return match.resource.api.id, template, match.base.decode(), match.rest.decode()


@pytest.mark.parametrize(
    ("path", "id_", "template", "rest"),
    [
        ("/store", 2, "/", ""),
        ("/store/", 2, "/", "/"),
        ("/store/files", 2, "/files", "/files"),
        ("/store/files/", 2, "/files", "/files/"),
        ("/store/files/7", 2, "/files/{id}", "/files/7"),
        ("/store/files/a%2Fb", 2, "/files/{id}", "/files/a%2Fb"),
        ("/store/files/a%2fadmin", 2, "/files/{id}", "/files/a%2fadmin"),
        ("/store/files/admin", 2, "/files/admin", "/files/admin"),
        ("/store/files/%61dmin", 2, "/files/admin", "/files/%61dmin"),
        ("/store/%66iles/admin/", 2, "/files/admin", "/%66iles/admin/"),
        ("/store/files/a.json", 2, "/files/{name}.json", "/files/a.json"),
        ("/store/files/.json", 2, "/files/{id}", "/files/.json"),
        ("/store/files/a-to-b", 2, "/files/{from}-to-{to}", "/files/a-to-b"),
        ("/store/files/a-to-", 2, "/files/{id}", "/files/a-to-"),
        ("/store/files/-to-b", 2, "/files/{id}", "/files/-to-b"),
        ("/store/files/7/parts/8", 2, "/files/{id}/parts/{part}", "/files/7/parts/8"),
        ("/store/files/a.json/parts/8", 2, "/files/{id}/parts/{part}", "/files/a.json/parts/8"),
        ("/store/files/report", 2, "/files/{id}", "/files/report"),
        ("/store/other/report", 2, "/{kind}/report", "/other/report"),
        ("/store/caf%c3%a9/a%20b", 2, "/caf%C3%A9/a b", "/caf%c3%a9/a%20b"),
        ("/gone/a/b", 6, "/{a}/{b}", "/a/b"),
    ],
)
def test_the_most_concrete_template_answers(path: str, id_: int, template: str, rest: str) -> None:
    """Whatever way a literal segment is spelled, it is never taken for a parameter."""
    api_id, matched, base, remaining = found(path)

    assert (api_id, matched, remaining) == (id_, template, rest)
    assert base + remaining == f"/t/vbc.prod{path}"


@pytest.mark.parametrize(
    "path",
    [
        "/store/files/7%2Fparts%2F8",
        "/store/files/7%2fparts%2f8/",
        "/store/files/admin%2F",
        "/store/files/admin;x=1",
        "/store/files/admin%3Bx=1",
        "/store/files;a/report",
    ],
)
def test_a_path_is_never_two_resources(path: str) -> None:
    """What an upstream that decodes first would take for another resource is refused."""
    with pytest.raises(BadPath):
        found(path)


def test_a_version_is_part_of_the_base() -> None:
    """The default version answers with its version as well, the other only with it."""
    assert found("/store/v2/files") == (2, "/files", "/t/vbc.prod/store/v2", "/files")
    assert found("/store/v1/old") == (1, "/old", "/t/vbc.prod/store/v1", "/old")
    assert found("/store/inner/files")[0] == 3


@pytest.mark.parametrize(
    "path",
    [
        "/store/old",
        "/store/v1/files",
        "/store/inner/report",
        "/store//files",
        "/store/files//",
        "/store/files/7/parts",
        "/store/FILES",
        "/store/files/7/parts/8/9",
    ],
)
def test_no_resource(path: str) -> None:
    """The API is there, the path is not; an empty segment is no parameter."""
    with pytest.raises(NoSuchResource):
        found(path)


@pytest.mark.parametrize(
    "path", ["", "/", "/stor", "/Store/files", "/gone/v1/a", "/new/v1/a", "/new/a"]
)
def test_no_context(path: str) -> None:
    """A retired version's path is not taken over by the default version."""
    with pytest.raises(NoSuchContext):
        found(path)


def test_another_tenant_s_paths_are_unknown() -> None:
    """The tenant is part of the prefix, in its own case."""
    for tenant in ("other", "VBC.PROD", ""):
        with pytest.raises(NoSuchContext):
            ROUTES.match(f"/t/{tenant}/store/files".encode())


def test_methods() -> None:
    """HEAD follows GET; what is missing is refused with the methods there are."""
    resource = ROUTES.match(b"/t/vbc.prod/verbs/x/1").resource

    assert resource.operation("PUT").method == "PUT"
    assert ROUTES.match(b"/t/vbc.prod/verbs/x/no-1").resource.allow == b"GET, HEAD, OPTIONS"
    assert resource.operation("HEAD").method == "GET"
    with pytest.raises(WrongVerb) as refused:
        resource.operation("DELETE")
    assert refused.value.allow == b"GET, HEAD, OPTIONS, PUT"
    with pytest.raises(WrongVerb) as refused:
        ROUTES.match(b"/t/vbc.prod/verbs/y").resource.operation("HEAD")
    assert refused.value.allow == b"OPTIONS, POST"


@pytest.mark.parametrize(
    "path",
    [
        b"",
        b"*",
        b"things",
        b"/a/../b",
        b"/a/..",
        b"/./a",
        b"/a/%2e%2e/b",
        b"/a/.%2E",
        b"/a/%2e",
        b"/a%2f..%2fb",
        b"/a/..%2Fb",
        b"/a/..;x=1/b",
        b"/a/.;",
        b"/a/..%3bx/b",
        b"/a\\b",
        b"/a%5Cb",
        b"/a%5cb",
        b"/a%00b",
        b"/a%0d%0ab",
        b"/a%7fb",
        b"/a b",
        b"/a\tb",
        b"/a\x7fb",
        b"/caf\xc3\xa9",
        b"/a%",
        b"/a%2",
        b"/a%zz",
        b"/a%c0%ae%c0%ae/b",
        b"/a%e9",
    ],
)
def test_paths_that_servers_read_differently(path: bytes) -> None:
    """Dot segments, backslashes, control characters, broken and overlong encodings."""
    with pytest.raises(BadPath):
        check(path)
    with pytest.raises(BadPath):
        ROUTES.match(path)


@pytest.mark.parametrize(
    "path",
    [
        b"/a/..b/.c/d..",
        b"/a/...",
        b"/a%2Fb",
        b"/a/%252e%252e/b",
        b"/a;b=c/d",
        b"/caf%C3%A9",
        b"/~!$&'()*+,=:@",
    ],
)
def test_paths_that_every_server_reads_alike(path: bytes) -> None:
    """What only looks odd passes."""
    check(path)


@given(st.text(min_size=1))
def test_every_spelling_of_a_segment_is_one_parameter(text: str) -> None:
    """Any text, percent-encoded, is a parameter, is passed on as it came, or is refused."""
    segment = quote(text, safe="")
    assume(text != "admin" and "-to-" not in text and not text.endswith(".json"))
    path = f"/t/vbc.prod/store/files/{segment}".encode()
    try:
        match = ROUTES.match(path)
    except BadPath:
        return
    assert match.rest == b"/files/" + segment.encode()
    assert match.resource.operations["GET"].path == "/files/{id}"


@given(st.binary(min_size=1, max_size=40))
def test_no_path_breaks_the_routes(path: bytes) -> None:
    """Whatever bytes come: a match below the base, or one of the refusals."""
    whole = b"/t/vbc.prod/store/" + path
    try:
        match = ROUTES.match(whole)
    except (BadPath, NoSuchContext, NoSuchResource):
        return
    assert match.base + match.rest == whole
    assert b"/../" not in unquote_to_bytes(whole) + b"/"


def test_a_long_segment_of_dashes_is_quick() -> None:
    """Templates with several parameters in a segment cost a path's length, not its square."""
    many = Routes("t", [api(context="/a", operations=operations("/{a}-{b}-{c}-{d}-x"))])

    with pytest.raises(NoSuchResource):
        many.match(b"/t/t/a/" + b"-" * 30_000)


def test_adjacent_parameters_need_a_byte_each() -> None:
    """``{a}{b}`` is two parameters."""
    pair = Routes("t", [api(context="/a", operations=operations("/{a}{b}"))])

    assert pair.match(b"/t/t/a/xy").rest == b"/xy"
    with pytest.raises(NoSuchResource):
        pair.match(b"/t/t/a/x")
