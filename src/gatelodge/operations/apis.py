"""Acts on APIs: publish, deprecate, retire, choose the default version."""

import msgspec

from gatelodge.catalog import apis as rules
from gatelodge.catalog.apis import Api, Transition
from gatelodge.catalog.errors import NoSuch
from gatelodge.catalog.openapi import Described
from gatelodge.operations.actor import Act
from gatelodge.operations.openapi_document import Document
from gatelodge.storage import apis, changes, plans
from gatelodge.storage.connections import Connection


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """How an API is offered; ``None`` leaves what is stored, or the default of a new one.

    ``version`` replaces the document's own. An empty upstream removes it.
    """

    context: str
    version: str | None = None
    upstream: str | None = None
    sandbox_upstream: str | None = None
    plans: tuple[str, ...] | None = None
    default_version: bool = False


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """The API as it is offered now, and whether it is new."""

    api: Api
    new: bool


def publish(conn: Connection, act: Act, document: Document, offer: Offer) -> Published:
    """Offer what a document describes, or bring what is offered up to date (publishers).

    Context and version say which API is meant; its subscriptions stay. A version becomes
    the default one where no other is. Raises ``Invalid``, ``Conflict`` and ``NotAllowed``.
    """
    act.actor.require("publisher", "administrator")
    known = apis.all(conn)
    described = document.described
    context = "/" + offer.context.strip().strip("/")
    version = described.version if offer.version is None else offer.version
    before = next((a for a in known if (a.context, a.version) == (context, version)), None)
    plans.ensure_standard(conn)
    names = [plan.name for plan in plans.all(conn)]
    drafted = _drafted(act, described, context, version) if before is None else before
    api = rules.check(_offered(drafted, described, offer), names)
    # What is stored counts too: a mistaken context must not turn one API into another.
    rules.check_among(api, known)
    api = msgspec.structs.replace(api, state=rules.published(api.state))
    siblings = [a for a in known if a.context == context and a.id != api.id]
    if before is None:
        apis.add(conn, api, document.text)
    else:
        apis.replace(conn, api, document.text)
    if offer.default_version or not any(_answers_alone(a) for a in [api, *siblings]):
        api = _make_default(conn, api, siblings)
    _changed(conn, act.changing(before, api), api, "api.publish")
    return Published(api=api, new=before is None)


def deprecate(conn: Connection, act: Act, api_id: int) -> Api:
    """Take no new subscriptions; those that are there go on (publishers)."""
    return _change_state(conn, act, api_id, rules.deprecated, "api.deprecate")


def retire(conn: Connection, act: Act, api_id: int) -> Api:
    """Answer nobody any more; the next call gets 404 (publishers)."""
    return _change_state(conn, act, api_id, rules.retired, "api.retire")


def make_default(conn: Connection, act: Act, api_id: int) -> Api:
    """Let this version answer at its context without a version segment (publishers)."""
    act.actor.require("publisher", "administrator")
    api = find(conn, api_id)
    siblings = [a for a in apis.all(conn) if a.context == api.context and a.id != api.id]
    after = _make_default(conn, api, siblings)
    _changed(conn, act.changing(api, after), after, "api.default")
    return after


def find(conn: Connection, api_id: int) -> Api:
    """Return an API whatever its state. Raises ``NoSuch``."""
    api = apis.find(conn, api_id)
    if api is None:
        raise NoSuch("API")
    return api


def _drafted(act: Act, described: Described, context: str, version: str) -> Api:
    return Api(
        id=act.ids.next(),
        name=described.name,
        version=version,
        context=context,
        description=described.description,
        state="created",
        default_version=False,
        production_upstream=None,
        sandbox_upstream=None,
        plans=(rules.DEFAULT_PLAN,),
        operations=described.operations,
        scopes=described.scopes,
        sensitive_scopes=described.sensitive_scopes,
        created_at=act.now,
    )


def _offered(api: Api, described: Described, offer: Offer) -> Api:
    production, sandbox = api.production_upstream, api.sandbox_upstream
    return msgspec.structs.replace(
        api,
        name=described.name,
        description=described.description,
        operations=described.operations,
        scopes=described.scopes,
        sensitive_scopes=described.sensitive_scopes,
        production_upstream=production if offer.upstream is None else offer.upstream,
        sandbox_upstream=sandbox if offer.sandbox_upstream is None else offer.sandbox_upstream,
        plans=api.plans if offer.plans is None else offer.plans,
    )


def _answers_alone(api: Api) -> bool:
    return api.default_version and api.state != "retired"


def _make_default(conn: Connection, api: Api, siblings: list[Api]) -> Api:
    for sibling in siblings:
        if sibling.default_version:
            apis.replace(conn, msgspec.structs.replace(sibling, default_version=False))
    after = msgspec.structs.replace(api, default_version=True)
    apis.replace(conn, after)
    return after


def _change_state(
    conn: Connection, act: Act, api_id: int, transition: Transition, name: str
) -> Api:
    act.actor.require("publisher", "administrator")
    before = find(conn, api_id)
    after = msgspec.structs.replace(before, state=transition(before.state))
    apis.replace(conn, after)
    _changed(conn, act.changing(before, after), after, name)
    return after


def _changed(conn: Connection, act: Act, api: Api, name: str) -> None:
    changes.append(conn, "api", api.id)
    act.record(conn, name, "api", api.id, {"api": f"{api.name} {api.version}"})
