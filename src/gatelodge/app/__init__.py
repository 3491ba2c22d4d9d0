"""The composition root: settings in, ASGI application out; the only place that knows every surface.

``core`` opens what all share, ``machines`` and ``pages`` make surfaces of it, ``dispatch`` finds
who answers a path, ``program`` follows the server's start and stop.
"""

from gatelodge.app.first_start import Started
from gatelodge.app.program import Program

__all__ = ["Program", "Started"]
