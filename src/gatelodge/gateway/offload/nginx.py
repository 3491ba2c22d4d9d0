"""nginx, by its module ngx_http_auth_request."""

from gatelodge.gateway.offload.front import Front, rendered


def configuration(front: Front) -> str:
    """Return a file for the ``http`` context."""
    return rendered("nginx.conf.j2", front)
