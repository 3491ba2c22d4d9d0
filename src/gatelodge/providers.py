"""The OpenID providers people may sign in with: what an operator says of each.

Plain values and the check of what a settings file says, with all problems at once. Owns no
protocol (``oauth.upstream``) and reads no file itself: where a secret is, the caller looks.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

Side = Literal["developer", "user"]
"""Who signs in: developers of the portal, or users at the authorization server."""

UnknownDevelopers = Literal["link", "invited", "create"]

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_NO_PLAIN_SECRET = "write it into a file or a variable and name that"  # noqa: S105 - a sentence
_SIDES: Mapping[str, frozenset[Side]] = {
    "developers": frozenset({"developer"}),
    "users": frozenset({"user"}),
    "both": frozenset({"developer", "user"}),
}


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """One provider, checked; ``sides`` says who may sign in with it."""

    id: str
    name: str
    issuer: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    sides: frozenset[Side] = frozenset({"developer", "user"})
    email_domains: frozenset[str] = frozenset()
    unknown_developers: UnknownDevelopers = "link"
    trust_second_factor: bool = False

    def __repr__(self) -> str:
        """Show which one it is, and nothing of its secret."""
        return f"Provider({self.id}, {self.issuer})"


class _Typed(msgspec.Struct, frozen=True, kw_only=True):
    """A ``[[providers]]`` table as it is typed; the descriptions make the reference page."""

    id: Annotated[
        str,
        Meta(description="Short name, part of the redirect URI: lower-case letters, digits, -."),
    ]
    name: Annotated[
        str, Meta(description='What "Continue with ..." calls it.', min_length=1, max_length=60)
    ]
    issuer: Annotated[
        str,
        Meta(description="The provider's issuer identifier, exactly as its metadata has it."),
    ]
    client_id: Annotated[str, Meta(description="Our client id there.", min_length=1)]
    client_secret_env: Annotated[
        str, Meta(description="Environment variable that holds our client secret.")
    ] = ""
    client_secret_file: Annotated[
        str, Meta(description="File that holds our client secret, if no variable does.")
    ] = ""
    scopes: Annotated[
        tuple[str, ...], Meta(description='What to ask for; "openid" is one of them.')
    ] = ("openid", "email", "profile")
    serves: Annotated[
        Literal["developers", "users", "both"],
        Meta(description='Who may sign in with it: "developers", "users" or "both".'),
    ] = "both"
    email_domains: Annotated[
        tuple[str, ...],
        Meta(
            description="Domains of e-mail addresses whose developers may join without a password."
        ),
    ] = ()
    unknown_developers: Annotated[
        UnknownDevelopers,
        Meta(
            description='Who has no account yet: "link" lets nobody in, "invited" takes up an '
            'invitation to the same address, "create" makes a developer. The last two need '
            "`email_domains` and a verified address."
        ),
    ] = "link"
    trust_second_factor: Annotated[
        bool,
        Meta(description="Whether the provider's word that a second factor was used spares ours."),
    ] = False


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a ``[[providers]]`` table as documents show it."""

    name: str
    required: bool
    default: object
    description: str


def table_keys() -> Sequence[Key]:
    """Return every key of a ``[[providers]]`` table, in the order people read them."""
    hints = get_type_hints(_Typed, include_extras=True)
    return [
        Key(
            name=field.name,
            required=field.required,
            default=None if field.required else field.default,
            description=hints[field.name].__metadata__[0].description,
        )
        for field in msgspec.structs.fields(_Typed)
    ]


def read(
    given: object, secret_of: Callable[[str, str], str], problems: list[str]
) -> tuple[Provider, ...]:
    """Return the providers of a settings file; what is wrong is added to ``problems``.

    ``secret_of`` finds a secret by variable and file and raises ``ValueError`` with a sentence.
    """
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        problems.append("providers: expected [[providers]] tables")
        return ()
    found = [_read_one(number, table, secret_of, problems) for number, table in enumerate(given, 1)]
    good = [each for each in found if each is not None]
    for what in ("id", "issuer"):
        values = [getattr(each, what) for each in good]
        twice = sorted({value for value in values if values.count(value) > 1})
        problems += [f"providers: two providers have the {what} {value}" for value in twice]
    return tuple(good)


def _read_one(
    number: int,
    table: Mapping[str, object],
    secret_of: Callable[[str, str], str],
    problems: list[str],
) -> Provider | None:
    identifier = table.get("id")
    where = f"providers.{identifier if isinstance(identifier, str) and identifier else number}"
    wrong: dict[str, str] = {}
    typed = _typed(table, wrong)
    secret = ""
    if "client_secret_env" not in wrong and "client_secret_file" not in wrong:
        try:
            secret = secret_of(
                typed.get("client_secret_env", ""), typed.get("client_secret_file", "")
            )
        except ValueError as error:
            wrong["client_secret_env"] = str(error)
    problems += [f"{where}.{name}: {problem}" for name, problem in wrong.items()]
    return None if wrong else _provider(_Typed(**typed), secret)


def _typed(table: Mapping[str, object], wrong: dict[str, str]) -> dict[str, Any]:
    """Return what is right of a table; ``wrong`` gets a sentence for each key that is not.

    No value is repeated: somebody may have typed the secret into the wrong key.
    """
    hints = get_type_hints(_Typed, include_extras=True)
    wrong |= {name: "there is no such key" for name in table if name not in hints}
    if "client_secret" in table:
        wrong["client_secret"] = _NO_PLAIN_SECRET
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(_Typed):
        if field.name not in table:
            if field.required:
                wrong[field.name] = "is missing"
            continue
        try:
            values[field.name] = msgspec.convert(table[field.name], hints[field.name])
        except msgspec.ValidationError as error:
            wrong[field.name] = str(error).partition(", got")[0].partition(" - at")[0].lower()
    wrong |= {
        name: problem
        for name, rule in _RULES.items()
        if name in values and (problem := rule(values[name])) is not None
    }
    joins = values.get("unknown_developers", "link") != "link"
    if joins and "email_domains" not in wrong and not values.get("email_domains"):
        wrong["email_domains"] = 'must name domains, as unknown_developers is not "link"'
    return values


def _provider(typed: _Typed, secret: str) -> Provider:
    return Provider(
        id=typed.id,
        name=typed.name,
        issuer=typed.issuer,
        client_id=typed.client_id,
        client_secret=secret,
        scopes=typed.scopes,
        sides=_SIDES[typed.serves],
        email_domains=frozenset(domain.casefold() for domain in typed.email_domains),
        unknown_developers=typed.unknown_developers,
        trust_second_factor=typed.trust_second_factor,
    )


def _id_problem(value: str) -> str | None:
    return None if _ID.fullmatch(value) else "must be lower-case letters, digits and hyphens"


def _issuer_problem(value: str) -> str | None:
    if may_be_asked(value) and not urlsplit(value).query and not urlsplit(value).fragment:
        return None
    return "must be https://HOST[:PORT][/PATH] (http only on this machine)"


def _scopes_problem(value: tuple[str, ...]) -> str | None:
    if "openid" in value and all(_SCOPE.fullmatch(scope) for scope in value):
        return None
    return 'must be a list of scopes with "openid" among them'


def _domains_problem(value: tuple[str, ...]) -> str | None:
    if all(_DOMAIN.fullmatch(domain.casefold()) for domain in value):
        return None
    return "must be a list of domains like example.com"


def may_be_asked(address: str) -> bool:
    """Say whether a provider's address can be trusted: TLS, or this very machine."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc or not address.isascii() or not address.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _THIS_MACHINE)


_RULES: Mapping[str, Callable[[Any], str | None]] = {
    "id": _id_problem,
    "issuer": _issuer_problem,
    "scopes": _scopes_problem,
    "email_domains": _domains_problem,
}
