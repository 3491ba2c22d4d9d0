"""What all pages are rendered and guarded with."""

import msgspec

from gatelodge.web.csrf import Csrf
from gatelodge.web.pages import Pages
from gatelodge.web.sessions import Sessions


class Toolbox(msgspec.Struct, frozen=True, kw_only=True):
    """The toolbox every surface shares."""

    pages: Pages
    csrf: Csrf
    sessions: Sessions
