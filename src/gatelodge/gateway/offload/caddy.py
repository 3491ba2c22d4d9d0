"""Caddy, by its directive forward_auth."""

from gatelodge.gateway.offload.front import Front, rendered


def configuration(front: Front) -> str:
    """Return a Caddyfile."""
    return rendered("Caddyfile.j2", front)
