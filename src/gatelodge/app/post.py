"""How this installation mails: the job that sends, the demo's outbox."""

from collections.abc import Sequence

import msgspec
from starlette.routing import Route

from gatelodge import mail_server
from gatelodge.mail import outbox_page
from gatelodge.mail.files import Files
from gatelodge.mail.postman import Postman
from gatelodge.mail.smtp import Smtp
from gatelodge.settings import BadSettings, Secrets, Settings
from gatelodge.storage.engine import Store
from gatelodge.web import clock
from gatelodge.web.pages import Pages


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """Mails to a server, in the demo to ``files``, or not at all."""

    postman: Postman
    files: Files | None
    on: bool

    async def send_due(self) -> None:
        """Send what waits."""
        await self.postman.send_due(clock.now)

    def routes(self, pages: Pages, origin: str) -> Sequence[Route]:
        """Return the demo's outbox; nothing where there is none."""
        return [] if self.files is None else outbox_page.routes(pages, self.files, origin)


def opened(settings: Settings, secrets: Secrets, store: Store, *, demo: bool) -> Post:
    """Return the installation's mail. Raises ``BadSettings`` when its password cannot be read.

    The demo never mails: its people's addresses are nobody's.
    """
    files = Files(settings.data_dir / "outbox") if demo else None
    server = None
    if settings.smtp_url and not demo:
        server = Smtp(settings, _password(settings))
    delivery = files or server
    postman = Postman(settings, secrets, store, delivery)
    return Post(postman=postman, files=files, on=delivery is not None)


def _password(settings: Settings) -> str | None:
    try:
        return mail_server.password(settings.smtp_password_file)
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or "must hold text"
        raise BadSettings([f"smtp_password_file: {cause}"]) from error
