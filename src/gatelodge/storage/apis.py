"""APIs: what is described, and the OpenAPI document it is described by."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, RowMapping, insert, select, update

from gatelodge.catalog.apis import Api
from gatelodge.storage.schema import apis

_COLUMNS = [column for column in apis.c if column.name != "document"]
_SELECT = select(*_COLUMNS).order_by(apis.c.name, apis.c.id)


def all(conn: Connection) -> Sequence[Api]:  # noqa: A001 - read as ``apis.all``
    """Return every API whatever its state, without the documents."""
    return [_record(row) for row in conn.execute(_SELECT).mappings()]


def find(conn: Connection, api_id: int) -> Api | None:
    """Return the API in this row."""
    return _one(conn.execute(_SELECT.where(apis.c.id == api_id)).mappings().one_or_none())


def find_version(conn: Connection, context: str, version: str) -> Api | None:
    """Return the API with this context and version."""
    query = _SELECT.where(apis.c.context == context, apis.c.version == version)
    return _one(conn.execute(query).mappings().one_or_none())


def document(conn: Connection, api_id: int) -> str | None:
    """Return an API's OpenAPI document as the JSON text that was published."""
    return conn.execute(select(apis.c.document).where(apis.c.id == api_id)).scalar()


def add(conn: Connection, api: Api, document_text: str) -> None:
    """Store a new API with its document."""
    conn.execute(insert(apis), _values(api) | {"document": document_text})


def replace(conn: Connection, api: Api, document_text: str | None = None) -> None:
    """Store a changed API, and its document where there is a new one."""
    values = _values(api) | ({} if document_text is None else {"document": document_text})
    conn.execute(update(apis).where(apis.c.id == api.id).values(values))


def _values(api: Api) -> dict[str, object]:
    values: dict[str, object] = msgspec.to_builtins(api)
    return values


def _one(row: RowMapping | None) -> Api | None:
    return None if row is None else _record(row)


def _record(row: RowMapping) -> Api:
    # PostgreSQL names columns by a subclass of str, which msgspec does not take for a key.
    return msgspec.convert({str(name): value for name, value in row.items()}, Api)
