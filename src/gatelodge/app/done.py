"""What a node has done, for Prometheus: tokens by grant, sign-ins, gateway calls, refusals.

Labels are grant types, kinds of people and APIs that a publisher has offered: no caller can make
one more of them.
"""

from collections.abc import Iterator, Mapping

from gatelodge.app.core import Core
from gatelodge.authserver.context import Context
from gatelodge.gateway.usage import Usage
from gatelodge.storage.live import Live
from gatelodge.web.measures import Labels, Tally


def tallies(core: Core, context: Context, usage: Usage) -> Iterator[Tally]:
    """Yield what is counted with labels."""
    yield Tally(
        name="gatelodge_tokens_issued",
        text="Answers of the token endpoint that held tokens, by grant type.",
        labels=("grant",),
        read=lambda: {(_short(grant),): calls for grant, calls in context.issued.items()},
    )
    yield Tally(
        name="gatelodge_sign_ins",
        text="Passwords that were tried, by the kind of person and what came of it.",
        labels=("kind", "outcome"),
        read=lambda: core.sign_in.outcomes,
    )
    yield Tally(
        name="gatelodge_gateway_calls",
        text="Calls of an API, by the API and the class of the status.",
        labels=("api", "status"),
        read=lambda: _by_api(core.live, usage.calls),
    )
    yield Tally(
        name="gatelodge_quota_refusals",
        text="Calls refused (429), by the limit that was used up.",
        labels=("limit",),
        read=lambda: {(limit,): calls for limit, calls in usage.refusals.items()},
    )


def _short(grant: str) -> str:
    return grant.rpartition(":")[2]


def _by_api(live: Live, calls: Mapping[tuple[int, int], int]) -> Mapping[Labels, int]:
    catalogue = live.peek_catalogue()
    known = {} if catalogue is None else {api.id: api for api in catalogue.apis}
    names = {id_: f"{api.context}/{api.version}" for id_, api in known.items()}
    # One that the catalogue has no more keeps its number, so that no two share a name.
    return {
        (names.get(api_id, str(api_id)), f"{status}xx"): count
        for (api_id, status), count in calls.items()
    }
