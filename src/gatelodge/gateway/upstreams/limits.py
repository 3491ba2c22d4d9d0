"""What one upstream may cost us."""

from __future__ import annotations

import msgspec


class ForwardLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits per upstream origin (scheme, host and port); sizes in bytes, times in seconds."""

    connect_seconds: float = 5.0
    """To resolve the name, connect and agree on TLS."""
    head_seconds: float = 30.0
    """From the last byte of the request that was passed on to the end of the answer's headers."""
    silence_seconds: float = 60.0
    """Between two pieces of the answer's body."""
    queue_seconds: float = 5.0
    """Waiting for a connection when all are in use."""
    head_bytes: int = 64 * 1024
    """The answer's status line and headers, or its trailers."""
    head_count: int = 256
    """The answer's header lines."""
    buffer_bytes: int = 64 * 1024
    """Of the answer held here before we stop reading from the upstream."""
    connections: int = 256
    """In use and idle together."""
    waiting: int = 256
    """Requests waiting for a connection."""
    idle_connections: int = 64
    """Kept open for the next request."""
    idle_seconds: float = 4.0
    """How long one is kept; below the 5 s after which many servers close an idle connection."""
    tick_seconds: float = 0.1
    """How exactly the times above are kept."""
