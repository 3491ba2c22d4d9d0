"""The ASGI application: finds the operation, knows the caller, reads, acts, answers."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from gatelodge.catalog.errors import NoSuch
from gatelodge.management import document, idempotency, matching, problems, reading
from gatelodge.management.call import Answer, Call, Operation
from gatelodge.management.callers import Callers
from gatelodge.management.idempotency import Answers
from gatelodge.management.paging import Items
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store
from gatelodge.web import conditional
from gatelodge.web.http import (
    ClientGone,
    Headers,
    MethodNotAllowed,
    Receive,
    Reply,
    Request,
    Scope,
    Send,
    json_reply,
    send_reply,
)

ROOT = "/api/v1"
DOCUMENT = f"{ROOT}/openapi.json"
_NO_STORE: Headers = ((b"cache-control", b"no-store"),)
_NO_CONTENT = 204


class Management:
    """The management API of one node."""

    def __init__(
        self,
        operations: Sequence[Operation],
        store: Store,
        callers: Callers,
        answers: Answers,
        issuer: str,
    ) -> None:
        self.operations = operations
        self._paths: dict[str, dict[str, Operation]] = {}
        for one in operations:
            self._paths.setdefault(one.path, {})[one.method] = one
        self._store = store
        self._callers = callers
        self._answers = answers
        self._issuer = issuer
        self._document = document.text(operations, issuer + ROOT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            reply = await self._answer(request)
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - the one place where exceptions become answers
            reply = problems.reply_for(error, request)
        await send_reply(reply, request.answer_headers, send)

    async def _answer(self, request: Request) -> Reply:
        method = "GET" if request.method == "HEAD" else request.method
        if request.path == DOCUMENT:
            if method != "GET":
                raise MethodNotAllowed(("GET", "HEAD"))
            headers = ((b"content-type", b"application/json"),)
            return conditional.fresh(
                request, conditional.tagged(Reply(200, self._document, headers))
            )
        methods, parts = self._find(request.path)
        operation = methods.get(method)
        if operation is None:
            raise MethodNotAllowed((*methods, *(("HEAD",) if "GET" in methods else ())))
        holder = await self._callers.identify(request, operation.scope)
        raw, body = b"", None
        if operation.body is not None:
            raw, body = await reading.body(request, operation.body)
        if_match = request.header(b"if-match")
        call = Call(
            holder=holder,
            act=self._callers.act(request, holder),
            path=parts,
            query=reading.query(request, operation.query),
            body=body,
            if_match=None if if_match is None else if_match.decode("latin-1"),
        )
        return await self._run(request, operation, call, raw)

    async def _run(self, request: Request, operation: Operation, call: Call, raw: bytes) -> Reply:
        """Run an operation, once for each ``Idempotency-Key``."""

        def unit(conn: Connection, call: Call) -> Reply:
            return _reply(operation, call, operation.unit(conn, call))

        if operation.method == "GET":
            reply = await self._store.read(unit, call)
            return conditional.fresh(request, reply) if operation.tagged else reply
        key = request.header(b"idempotency-key")
        if operation.method != "POST" or key is None:
            return await self._store.write(unit, await _prepared(operation, call))
        asked = idempotency.Asked(
            holder=call.holder.stored.id,
            key=idempotency.check(key),
            request=b"\0".join((request.path.encode(), request.query, raw)),
        )
        claim, before = await self._answers.replayed(asked)
        if before is not None:
            return before
        try:
            ready = await _prepared(operation, call)
        except BaseException:
            await self._answers.given_back(claim)
            raise
        return await self._answers.done(claim, lambda conn: unit(conn, ready))

    def _find(self, path: str) -> tuple[Mapping[str, Operation], Mapping[str, str]]:
        """Return the methods of a path and the parts it names. Raises ``NoSuch``."""
        sent = path.removeprefix(ROOT).split("/")
        for template, methods in self._paths.items():
            wanted = template.split("/")
            if len(wanted) == len(sent) and all(
                part == given or (part.startswith("{") and given)
                for part, given in zip(wanted, sent, strict=True)
            ):
                pairs = zip(wanted, sent, strict=True)
                return methods, {part[1:-1]: given for part, given in pairs if part[:1] == "{"}
        raise NoSuch("path")


async def _prepared(operation: Operation, call: Call) -> Call:
    return call if operation.prepare is None else await operation.prepare(call)


def _reply(operation: Operation, call: Call, answer: Answer) -> Reply:
    headers = _NO_STORE
    if answer.tagged is not None:
        headers += ((b"etag", matching.tag(answer.tagged).encode()),)
    if answer.location:
        headers += ((b"location", f"{ROOT}{answer.location}".encode()),)
    following = answer.value.next_cursor if isinstance(answer.value, Items) else None
    if following is not None:
        query = urlencode({**call.query, "cursor": following})
        headers += ((b"link", f'<?{query}>; rel="next"'.encode()),)
    if operation.status == _NO_CONTENT:
        return Reply(_NO_CONTENT, b"", headers)
    return json_reply(answer.value, operation.status, headers)
