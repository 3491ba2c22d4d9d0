"""The management API as the commands need it: one call, lists page by page, changes with ETags.

Acts as the developer whose personal access token is sent; nobody's OAuth access token goes there.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx2
import msgspec
import typer

from gatelodge_client.calls import Calling
from gatelodge_client.cli import chosen, developer, screen
from gatelodge_client.cli.chosen import Chosen
from gatelodge_client.errors import (
    AccessTokenRefused,
    Forbidden,
    NotFound,
    SettingsError,
    UnexpectedAnswer,
)
from gatelodge_client.retrying import Retrying

Record = dict[str, Any]


class Management:
    """The management API of a profile's server, over one connection."""

    def __init__(self, found: Chosen, personal_token: str, http: httpx2.Client) -> None:
        self._root = f"{found.profile.base_url.rstrip('/')}/api/v1"
        self._page = f"{found.profile.base_url.rstrip('/')}{developer.PAGE}"
        self._bearer = f"Bearer {personal_token}"
        self._http = http
        self._calling = Calling(retrying=Retrying())

    def get(self, *path: str) -> Record:
        """Return one record."""
        record: Record = self._decoded(self._sent("GET", path))
        return record

    def post(self, *path: str, body: Mapping[str, object]) -> Record:
        """Make something; sent again by a proxy or a person's second try, it is made once."""
        record: Record = self._decoded(
            self._sent("POST", path, body=body, headers={"Idempotency-Key": str(uuid.uuid4())})
        )
        return record

    def patch(self, *path: str, body: Mapping[str, object]) -> Record:
        """Change the record as it is now; a change by somebody else in between is refused."""
        record: Record = self._decoded(
            self._sent("PATCH", path, body=body, headers=self._as_read(path))
        )
        return record

    def delete(self, *path: str, is_tagged: bool = True) -> None:
        """Delete a record; one with an ETag only as it is now."""
        self._sent("DELETE", path, headers=self._as_read(path) if is_tagged else {})

    def items(self, *path: str, search: str = "") -> list[Record]:
        """Return a whole list, page by page."""
        found: list[Record] = []
        query = {"search": search} if search else {}
        with screen.progress(path[-1]) as tell:
            while True:
                page = self._decoded(self._sent("GET", path, query=query))
                found += page["items"]
                if not page.get("next_cursor"):
                    return found
                tell(len(found), None)
                query = {**query, "cursor": page["next_cursor"]}

    def application(self, named: str) -> Record:
        """Return the application of this id or name."""
        if named.isdigit():
            return self.get("applications", named)
        return _only(
            self.items("applications", search=named), named, "application", "lodge apps list"
        )

    def api(self, named: str) -> Record:
        """Return the API of this id or name."""
        if named.isdigit():
            return self.get("apis", named)
        return _only(self.items("apis", search=named), named, "API", "lodge apis list")

    def _as_read(self, path: tuple[str, ...]) -> dict[str, str]:
        return {"If-Match": self._sent("GET", path).headers.get("etag", "*")}

    def _sent(
        self,
        method: str,
        path: tuple[str, ...],
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        url = "/".join((self._root, *(quote(part, safe="") for part in path)))
        sent = {"Authorization": self._bearer, "Accept": "application/json", **(headers or {})}
        request = httpx2.Request(method, url, params=query or None, json=body, headers=sent)
        try:
            return chosen.CONNECTING.run(self._calling.answer(request), self._http)
        except AccessTokenRefused as error:
            error.hint = f"Make another at {self._page}, then: lodge login --developer"
            raise
        except Forbidden as error:
            error.hint = f"What a personal access token may do is chosen at {self._page}."
            raise

    @staticmethod
    def _decoded(answer: httpx2.Response) -> Any:
        try:
            return msgspec.json.decode(answer.content)
        except msgspec.DecodeError as error:
            raise UnexpectedAnswer(f"{answer.url.host} has no management API there") from error


@contextmanager
def opened(context: typer.Context) -> Iterator[Management]:
    """Open the management API of the chosen profile's server."""
    found = chosen.chosen(context)
    with chosen.CONNECTING.client() as http:
        yield Management(found, developer.personal_token(found), http)


def _only(found: list[Record], named: str, kind: str, command: str) -> Record:
    """Return the one of exactly this name, whatever its case."""
    same = [one for one in found if one["name"].casefold() == named.casefold()]
    if not same:
        raise NotFound(f"There is no {kind} named {named!r}", hint=f"See: {command}")
    if len(same) > 1:
        raise SettingsError(f"Several have the name {named!r}", hint=f"Use an id: {command}")
    return same[0]
