"""What one import file has named so far, so that it names nothing twice or in two accounts."""

from gatelodge.directory.import_rows import (
    AccountRow,
    ExtensionRow,
    LocationRow,
    Mistake,
    Row,
    UserRow,
    mistake,
)

Name = tuple[str, object]


class Seen:
    """The names of a file's rows. Kept whole in memory: some hundred bytes for each row."""

    def __init__(self) -> None:
        self._lines: dict[Name, int] = {}
        self._owners: dict[Name, int] = {}

    def add(self, row: Row) -> list[Mistake]:
        """Remember a row and return a mistake for each of its names that was there before."""
        mistakes = []
        for name, words in _names(row):
            before = self._lines.get(name)
            if before is None:
                self._lines[name] = row.place.line
            else:
                mistakes.append(mistake(row.place, f"{words} is already on line {before}"))
        if isinstance(row, LocationRow):
            self._owners["location", row.location.id] = row.account_id
        elif isinstance(row, UserRow):
            self._owners["user", row.id] = row.account_id
        return mistakes

    def strangers(self, row: ExtensionRow) -> list[Mistake]:
        """Return a mistake for each thing the extension refers to that is another account's."""
        return [
            mistake(row.place, f"{kind} {id_} belongs to account {owner}")
            for kind, id_ in (("location", row.location_id), ("user", row.user_id))
            if (owner := self._owners.get((kind, id_), row.account_id)) != row.account_id
        ]


def _names(row: Row) -> list[tuple[Name, str]]:
    if isinstance(row, AccountRow):
        return [(("account", row.account.id), f"account {row.account.id}")]
    if isinstance(row, LocationRow):
        return [(("location", row.location.id), f"location {row.location.id}")]
    if isinstance(row, UserRow):
        login = row.login_name
        return [
            (("user", row.id), f"user {row.id}"),
            (("login", login.lower()), f"login name {login}"),
        ]
    number = row.extension_number
    return [
        (("extension", (row.account_id, row.external_id)), f"extension {row.external_id}"),
        (("number", (row.account_id, number)), f"extension number {number}"),
    ]
