"""What is true of a running server, found out by trying it, whatever its metadata says.

Each function finds out what one field of the metadata (RFC 8414, OpenID Connect Discovery) ought
to say: it tries every value the standards know, and every further one that is advertised. A field
that has no function here cannot be advertised: `test_metadata_truth.py` fails until it has one.
"""

import json
from collections.abc import Awaitable, Callable, Collection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import msgspec
from joserfc import jwt
from joserfc.jwk import KeySet

from gatelodge.catalog.errors import Invalid
from tests.flows.signing_in import PASSWORD
from tests.flows.two_step import answer_to, code_of, set_up_app
from tests.security import victims
from tests.security.attacking import bearer, part
from tests.security.victims import ALL_GRANTS, CALLBACK, CODE_AND_REFRESH, Key, Operator

WELL_KNOWN = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A running server, somebody who can register applications, and a person of this test's own."""

    http: httpx2.AsyncClient
    operator: Operator
    person: str
    issuer: str
    document: dict[str, Any]

    def advertised(self, name: str) -> list[str]:
        """Return the values a field lists, none if it is left out."""
        found: list[str] = self.document.get(name, [])
        return found

    async def key(self, **settings: Any) -> Key:
        """Register an application with every grant type."""
        wanted = {"grant_types": ALL_GRANTS, **settings}
        if wanted.get("type") == "public":
            wanted["grant_types"] = CODE_AND_REFRESH
        return await self.operator.register(**wanted)

    async def tokens(self, key: Key, **changed: str) -> dict[str, Any]:
        """Sign the person in, agree, and redeem the code."""
        answer = await victims.agreed(self.http, key, self.person, **changed)
        redeemed = await victims.redeem(self.http, key, answer["code"])
        assert redeemed.status_code == httpx2.codes.OK, redeemed.text
        found: dict[str, Any] = redeemed.json()
        return found

    async def asked(self, key: Key | None = None, /, **changed: str | None) -> str:
        """Return the error an authorization request comes back with, "" if it is taken."""
        answer = await victims.ask(self.http, key or await self.key(), **changed)
        target = urlsplit(answer.headers.get("location", ""))
        if answer.status_code != httpx2.codes.SEE_OTHER:
            return "page"
        if not answer.headers["location"].startswith(CALLBACK):
            return ""
        return parse_qs(target.query).get("error", [""])[0]


Tryer = Callable[[Scene], Awaitable[object]]
TRYERS: dict[str, Tryer] = {}


def finds_out(*names: str) -> Callable[[Callable[[Scene, str], Awaitable[object]]], Any]:
    """Register the function that finds out what these fields ought to say."""

    def registered(tryer: Callable[[Scene, str], Awaitable[object]]) -> Any:
        for name in names:

            def bound(scene: Scene, name: str = name) -> Awaitable[object]:
                return tryer(scene, name)

            TRYERS[name] = bound
        return tryer

    return registered


async def accepted(
    scene: Scene, name: str, known: Collection[str], accepts: Callable[[str], Awaitable[bool]]
) -> list[str]:
    """Return which values are accepted, of those the standards know and those advertised."""
    candidates = sorted({*known, *scene.advertised(name)})
    return [value for value in candidates if await accepts(value)]


@finds_out("issuer")
async def issuer(scene: Scene, _: str) -> object:
    """Both documents agree, and what is signed names it."""
    documents = [(await scene.http.get(path)).json() for path in WELL_KNOWN]
    assert documents == [scene.document, scene.document]
    tokens = await scene.tokens(await scene.key())
    (named,) = {part(tokens[each], 1)["iss"] for each in ("access_token", "id_token")}
    return named


@finds_out(
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "device_authorization_endpoint",
    "end_session_endpoint",
    "registration_endpoint",
    "pushed_authorization_request_endpoint",
    "backchannel_authentication_endpoint",
    "check_session_iframe",
)
async def endpoint(scene: Scene, name: str) -> object:
    """There is one where it is said to be, or else nowhere where servers have it."""
    usual = {
        "authorization_endpoint": "/authorize",
        "jwks_uri": "/jwks",
        "revocation_endpoint": "/revoke",
        "introspection_endpoint": "/introspect",
        "registration_endpoint": "/register",
        "pushed_authorization_request_endpoint": "/par",
        "end_session_endpoint": "/end_session",
        "backchannel_authentication_endpoint": "/bc-authorize",
    }.get(name, f"/{name.removesuffix('_endpoint')}")
    address = scene.document.get(name, scene.issuer + usual)
    assert address.startswith(scene.issuer)
    answers = {(await scene.http.request(how, address)).status_code for how in ("GET", "POST")}
    return None if answers <= {404, 405} else address


@finds_out("scopes_supported")
async def scopes(scene: Scene, name: str) -> object:
    """What an application without subscriptions may ask for."""
    known = ("openid", "profile", "email", "default", "address", "phone", "offline_access")

    async def accepts(scope: str) -> bool:
        return not await scene.asked(scope=scope)

    return await accepted(scene, name, known, accepts)


@finds_out("response_types_supported")
async def response_types(scene: Scene, name: str) -> object:
    """Code alone: the implicit and hybrid ones are gone from OAuth 2.1 (line 47)."""
    hybrids = ("code id_token", "code token", "id_token token", "code id_token token")

    async def accepts(kind: str) -> bool:
        error = await scene.asked(response_type=kind, nonce="n")
        assert error in {"", "unsupported_response_type"}
        return not error

    return await accepted(scene, name, ("code", "token", "id_token", "none", *hybrids), accepts)


@finds_out("response_modes_supported")
async def response_modes(scene: Scene, name: str) -> object:
    """Where the answer is put."""
    known = ("query", "fragment", "form_post", "jwt", "query.jwt", "web_message", "okta_post")

    async def accepts(mode: str) -> bool:
        return not await scene.asked(response_mode=mode)

    return await accepted(scene, name, known, accepts)


@finds_out("code_challenge_methods_supported")
async def challenge_methods(scene: Scene, name: str) -> object:
    """Line 26: plain proves nothing to who sees the request."""

    async def accepts(method: str) -> bool:
        keys = [await scene.key(require_pkce=required) for required in (True, False)]
        (error,) = {await scene.asked(key, code_challenge_method=method) for key in keys}
        return not error

    return await accepted(scene, name, ("S256", "plain", "none", "S512"), accepts)


@finds_out("prompt_values_supported")
async def prompts(scene: Scene, name: str) -> object:
    """Known prompts lead on, or say that somebody would have to be asked."""

    async def accepts(prompt: str) -> bool:
        error = await scene.asked(prompt=prompt)
        return error in {"", "login_required", "consent_required", "interaction_required"}

    return await accepted(scene, name, ("none", "login", "consent", "create", "other"), accepts)


@finds_out("authorization_response_iss_parameter_supported")
async def answers_name_issuer(scene: Scene, _: str) -> object:
    """Line 88: answers, good and bad, carry the issuer."""
    key = await scene.key()
    good = await victims.agreed(scene.http, key, scene.person)
    bad = victims.back(await victims.ask(scene.http, key, scope="unknown"))
    return {good.get("iss"), bad.get("iss")} == {scene.issuer}


async def _ignored(scene: Scene, name: str, value: str, refusal: str) -> object:
    """Say whether a parameter is supported: one that is not is refused or changes nothing."""
    error = await scene.asked(**{name: value})
    assert error in {"", refusal}
    return not error


@finds_out("request_parameter_supported")
async def request_objects(scene: Scene, _: str) -> object:
    """Line 113: refused by name, not ignored."""
    return await _ignored(scene, "request", "e30.e30.", "request_not_supported")


@finds_out("request_uri_parameter_supported", "require_pushed_authorization_requests")
async def request_uris(scene: Scene, name: str) -> object:
    """Line 114: nothing is fetched."""
    if name.startswith("require"):
        return bool(await scene.asked())
    address = "https://app.example/request"
    return await _ignored(scene, "request_uri", address, "request_uri_not_supported")


@finds_out("claims_parameter_supported")
async def claims_parameter(scene: Scene, _: str) -> object:
    """An id_token carries what was asked for by name only where that is supported."""
    wanted = json.dumps({"id_token": {"email": {"essential": True}}})
    tokens = await scene.tokens(await scene.key(), claims=wanted)
    return "email" in part(tokens["id_token"], 1)


@finds_out("claims_supported", "claim_types_supported")
async def claims(scene: Scene, name: str) -> object:
    """What id_token and userinfo tell together, and how."""
    asking = {"scope": "openid profile email", "nonce": "n"}
    tokens = await scene.tokens(await scene.key(), **asking)
    info = (await scene.http.get("/userinfo", headers=bearer(tokens["access_token"]))).json()
    told = {*part(tokens["id_token"], 1), *info}
    if name == "claim_types_supported":
        return ["normal"] if not told & {"_claim_names", "_claim_sources"} else ["aggregated"]
    return sorted(told)


@finds_out("subject_types_supported")
async def subject_types(scene: Scene, _: str) -> object:
    """Two applications learn the same subject, or two."""
    tokens = [await scene.tokens(await scene.key()) for _ in range(2)]
    subjects = {part(each["id_token"], 1)["sub"] for each in tokens}
    return ["public"] if len(subjects) == 1 else ["pairwise"]


@finds_out("id_token_signing_alg_values_supported")
async def id_token_algorithms(scene: Scene, name: str) -> object:
    """What a key can have, verified by a stranger with the published keys."""
    known = ("ES256", "RS256", "PS256", "EdDSA", "Ed25519", "HS256", "ES384", "RS512", "none", "")
    published: Any = (await scene.http.get(scene.document["jwks_uri"])).json()
    keys = KeySet.import_key_set(published)

    async def accepts(algorithm: str) -> bool:
        try:
            key = await scene.key(id_token_algorithm=algorithm)
        except Invalid:
            return False
        text = (await scene.tokens(key))["id_token"]
        assert part(text, 0)["alg"] == algorithm
        claims = jwt.decode(text, keys, algorithms=[algorithm]).claims
        return bool(claims["iss"] == scene.issuer)

    return await accepted(scene, name, known, accepts)


@finds_out("dpop_signing_alg_values_supported", "tls_client_certificate_bound_access_tokens")
async def bound_tokens(scene: Scene, name: str) -> object:
    """Nothing binds an access token to its sender: a proof is ignored, no confirmation is in it."""
    key = await scene.key()
    form = key.form(grant_type="client_credentials")
    answer = await scene.http.post("/token", data=form, headers={"DPoP": "e30.e30."})
    told = answer.json()
    if name.startswith("tls"):
        return "cnf" in part(told["access_token"], 1)
    return [] if told["token_type"] == "Bearer" else ["ES256"]


@finds_out("acr_values_supported")
async def contexts(scene: Scene, _: str) -> object:
    """What id_tokens say about the sign-in behind them: a password, a password and a code."""
    key, person = await scene.key(), await scene.operator.person()
    said: list[str] = []
    async with httpx2.AsyncClient(base_url=scene.issuer, timeout=30) as http:
        page = await victims.consent_page(http, key, person)
        said.append(await _context(http, key, page))
        secret = (await set_up_app(http, "/me/two-step"))[0]
        asked = await victims.shown(http, await victims.ask(http, key, prompt="login"))
        asked = await victims.sign_in(http, asked, person)
        form = answer_to(asked, code_of(secret, ahead=1))
        page = await victims.shown(http, await http.post("/signin/second", data=form))
        said.append(await _context(http, key, page))
    return said


async def _context(http: httpx2.AsyncClient, key: Key, page: httpx2.Response) -> str:
    """Go on from the consent page to the id_token's authentication context."""
    answer = await victims.decide(http, page) if page.status_code == httpx2.codes.OK else page
    redeemed = await victims.redeem(http, key, victims.back(answer)["code"])
    context: str = part(redeemed.json()["id_token"], 1)["acr"]
    return context


@finds_out("grant_types_supported")
async def grant_types(scene: Scene, name: str) -> object:
    """Each that is advertised gives tokens; another is unknown, even to a key with every one."""
    prefix = "urn:ietf:params:oauth:grant-type:"
    foreign = ("jwt-bearer", "saml2-bearer", "token-exchange")
    known = (*ALL_GRANTS, "implicit", *(prefix + each for each in foreign))
    key = await scene.key()

    async def accepts(grant_type: str) -> bool:
        if grant_type in GRANTS:
            answer = await GRANTS[grant_type](scene, key)
            assert answer.status_code == httpx2.codes.OK, answer.text
            less = await scene.key(grant_types=ALL_GRANTS - {grant_type, "refresh_token"})
            form = less.form(grant_type=grant_type)
            refused = await scene.http.post("/token", data=form)
            assert victims.error(refused) == (400, "unauthorized_client")
            return True
        answer = await scene.http.post("/token", data=key.form(grant_type=grant_type))
        assert victims.error(answer) == (400, "unsupported_grant_type"), grant_type
        return False

    return await accepted(scene, name, known, accepts)


async def _by_code(scene: Scene, key: Key) -> httpx2.Response:
    code = (await victims.agreed(scene.http, key, scene.person))["code"]
    return await victims.redeem(scene.http, key, code)


async def _by_refresh_token(scene: Scene, key: Key) -> httpx2.Response:
    refresh_token = (await scene.tokens(key))["refresh_token"]
    return await victims.refresh(scene.http, key, refresh_token)


async def _by_password(scene: Scene, key: Key) -> httpx2.Response:
    form = key.form(grant_type="password", username=scene.person, password=PASSWORD)
    return await scene.http.post("/token", data=form)


async def _by_itself(scene: Scene, key: Key) -> httpx2.Response:
    return await scene.http.post("/token", data=key.form(grant_type="client_credentials"))


Exchange = Callable[[Scene, Key], Awaitable[httpx2.Response]]
GRANTS: dict[str, Exchange] = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh_token,
    "password": _by_password,
    "client_credentials": _by_itself,
    victims.DEVICE: lambda scene, key: victims.by_device(scene.http, key, scene.person),
}
