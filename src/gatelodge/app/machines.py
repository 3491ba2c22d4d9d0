"""The surfaces machines talk to: the OAuth endpoints, the gateway and what is mounted behind it."""

from collections.abc import Mapping
from functools import partial

from gatelodge.app import traces
from gatelodge.app.core import Core
from gatelodge.authserver.back_channel import BackChannel
from gatelodge.authserver.client_keys import ClientKeySource
from gatelodge.authserver.context import Context, DigestKeys
from gatelodge.authserver.endpoints import endpoints
from gatelodge.authserver.protected_resource import protected_resources
from gatelodge.gateway.forward import Forwarder
from gatelodge.gateway.gate import Gate
from gatelodge.gateway.parts import GateParts
from gatelodge.gateway.pipeline import Gateway
from gatelodge.gateway.usage import Usage
from gatelodge.operations.presented_tokens import AccessTokenReader
from gatelodge.provisioning import application as provisioning
from gatelodge.web import clock
from gatelodge.web.http import ASGIApp


def context(core: Core) -> Context:
    """Return what the authorization server's endpoints are made with."""
    return Context(
        issuer=core.settings.issuer,
        tenant=core.settings.tenant,
        store=core.store,
        live=core.live,
        signing_keys=core.ring.current,
        digest_keys=DigestKeys.of(core.secrets),
        client_keys=ClientKeySource(core.fetcher, core.reach),
        spend_assertion=lambda one: core.shared.replays.spend(one.digest, one.until),
        note_secret=core.secret_uses.note,
        longest_access_token=core.settings.longest_access_token,
        clock=clock.now,
    )


def authorization_server(core: Core, shared: Context) -> Mapping[str, ASGIApp]:
    """Return the machine-read endpoints by path."""
    return endpoints(shared, core.sign_in.user_by_password_alone)


def resources(shared: Context) -> ASGIApp:
    """Return what describes each API as a protected resource."""
    return protected_resources(shared)


def back_channel(core: Core, shared: Context) -> BackChannel:
    """Return what tells applications that users have signed out."""
    return BackChannel(shared, partial(core.telling.post_form, reach=core.reach))


def forwarder(core: Core) -> Forwarder:
    """Return the gateway's way to upstreams, the Provisioning API mounted as one of them."""
    mounted = provisioning.build(core.store, core.live, core.settings.issuer)
    return traces.forwarder(core.shared.tracing, {"provisioning": mounted})


def gate(core: Core, shared: Context, usage: Usage) -> Gate:
    """Return what decides on calls of APIs."""
    reader = AccessTokenReader(
        issuer=shared.issuer,
        store=core.store,
        live=core.live,
        signing_keys=shared.signing_keys,
        digest_key=shared.digest_keys.access_token,
    )
    return Gate(
        GateParts(
            tenant=core.settings.tenant,
            fault_format=core.settings.fault_format,
            live=core.live,
            reader=reader,
            usage=usage,
            clock=clock.now,
            counter=core.shared.counter,
        )
    )


def gateway(upstreams: Forwarder, decides: Gate) -> ASGIApp:
    """Return the gateway."""
    return Gateway(decides, upstreams, clock.now)
