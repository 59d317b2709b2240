"""The ASGI application: reads a request, lets it in, finds its route, answers as JSON.

Routes run in worker threads, since they talk to SQLite. Requests are kept for assertions.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from clerk_c.testing import errors
from clerk_c.testing.call import Call, Reply, json_reply
from clerk_c.testing.connections import Connection, Open
from clerk_c.testing.faults import Answer, Fault, Faults
from clerk_c.testing.fields import Query
from clerk_c.testing.recording import RecordedRequest, RequestLog
from clerk_c.testing.routes import PREFIX, PUBLIC_ROUTES, ROUTES, UNVERSIONED_ROUTES, Handler
from clerk_c.testing.store import Store, machines

# An image may have 10 MB; its multipart frame comes on top.
BODY_LIMIT = 10 * 1024 * 1024 + 64 * 1024
# Of a body beyond the limit this much is read and dropped, so that the answer gets through.
_DRAIN_LIMIT = 8 * BODY_LIMIT

_FOR_MACHINES = (f"{PREFIX}/m2m_tokens/", "/m2m_tokens/")

_log = logging.getLogger("clerk_c.testing")


class App:
    """Serves one store. `keep_requests` bounds how many requests are remembered."""

    def __init__(self, store: Store, *, keep_requests: int = 1000) -> None:
        self.store = store
        self.requests = RequestLog(keep_requests)
        self.faults = Faults()
        self.opened: Open = {}
        self.traces = store.chance.branch("traces")
        routes = [
            *_by_path(self, ((m, PREFIX + path, handler) for m, path, handler in ROUTES), False),
            *_by_path(self, UNVERSIONED_ROUTES, False),
            *_by_path(self, PUBLIC_ROUTES, True),
        ]
        unknown = _Endpoint(self, {}, public=False)
        self._router = Router(routes, redirect_slashes=False, default=unknown)

    def reset(self) -> None:
        """As if it were new, but for the keys of the instance."""
        self.faults.clear()
        self.store.clock.reset()
        self.store.reset()
        self.traces = self.store.chance.branch("traces")
        self.requests.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["path"] = _routing_path(scope["raw_path"])
            await self._router(scope, receive, send)

    def authorize(self, headers: Mapping[str, str], path: str) -> str | None:
        """Lets the instance's secret key in, and at the machines' tokens also a machine,
        whose id it then returns."""
        value = headers.get("authorization")
        if not value:
            raise errors.key_missing()
        scheme, _, key = value.partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise errors.authorization_malformed()
        if hmac.compare_digest(key.encode("utf-8", "replace"), self.store.secret_key.encode()):
            return None
        machine_id = None
        if key.startswith(machines.LEAD) and f"{path}/".startswith(_FOR_MACHINES):
            machine_id = self.store.machine_by_secret(key)
        if machine_id is None:
            raise errors.key_wrong()
        return machine_id


def _routing_path(raw: bytes) -> str:
    """The path decoded, but for slashes within a segment: an id that holds one stays an id."""
    segments = raw.decode("latin-1").split("/")
    return "/".join(unquote(segment).replace("/", "%2F") for segment in segments)


def _by_path(app: App, routes: Iterable[tuple[str, str, Handler]], public: bool) -> list[Route]:
    """One route per path, so that a wrong method can be told from an unknown path."""
    methods: dict[str, dict[str, Handler]] = {}
    for method, path, handler in routes:
        methods.setdefault(path, {})[method] = handler
    return [Route(path, _Endpoint(app, found, public)) for path, found in methods.items()]


class _Endpoint:
    """The ASGI application of one path."""

    def __init__(self, app: App, methods: Mapping[str, Handler], public: bool) -> None:
        self._app = app
        self._methods = methods
        self._public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body, complete = await _read_body(request)
        except ClientDisconnect:
            return
        record = RecordedRequest(scope, body)
        self._app.requests.append(record)
        fault = self._app.faults.take(record.method, record.raw_path)
        record.fault = None if fault is None else fault.name
        trace_id = self._app.traces.hex(16)

        async def answer() -> Reply:
            try:
                if not complete:
                    raise errors.body_too_large(BODY_LIMIT)
                return await self._answer(request, body)
            except errors.ApiError as error:
                return _error_reply(error, trace_id)
            except Exception:
                _log.exception("%s %s failed", record.method, record.raw_path)
                return _error_reply(errors.unexpected(), trace_id)

        reply = await answer() if fault is None else await self._spoil(fault, answer, request)
        if reply is None:
            return
        record.status = reply.status
        headers = {"x-clerk-trace-id": trace_id, "x-content-type-options": "nosniff"}
        if reply.content:
            headers["content-type"] = reply.content_type
        response = Response(reply.content, reply.status, {**headers, **reply.headers})
        await response(scope, receive, send)

    async def _spoil(self, fault: Fault, answer: Answer, request: Request) -> Reply | None:
        """Lets a fault happen; None: there is nobody left to answer to."""
        host, port = request.scope["client"]
        transport = self._app.opened.get((host, port))
        if transport is None:
            return await answer()  # the client has gone
        connection = Connection(transport, request.receive)
        try:
            reply = await fault.action(answer, connection)
        except errors.ApiError as error:
            return _error_reply(error, self._app.traces.hex(16))
        if reply is None:
            await connection.gone()
        return reply

    async def _answer(self, request: Request, body: bytes) -> Reply:
        machine_id = None
        if not self._public:
            machine_id = self._app.authorize(request.headers, request.scope["path"])
        method = "GET" if request.method == "HEAD" else request.method
        handler = self._methods.get(method)
        if not self._methods:
            raise errors.path_unknown()
        if handler is None:
            raise errors.method_not_allowed(request.method, self._methods)
        host, port = request.scope["server"]
        call = Call(
            store=self._app.store,
            # Not the Host header, which the caller could set to anything.
            origin=f"http://{f'[{host}]' if ':' in host else host}:{port}",
            path=request.path_params,
            query=Query(parse_qsl(request.url.query, keep_blank_values=True)),
            headers=request.headers,
            body=body,
            machine_id=machine_id,
        )
        result = await run_in_threadpool(handler, call)
        return result if isinstance(result, Reply) else json_reply(result)


def _error_reply(error: errors.ApiError, trace_id: str) -> Reply:
    return json_reply(error.body(trace_id), error.status, error.headers)


async def _read_body(request: Request) -> tuple[bytes, bool]:
    """The body, and whether all of it is here; what is beyond the limit is dropped."""
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= BODY_LIMIT:
            chunks.append(chunk)
        elif size > _DRAIN_LIMIT:
            break
    return (b"".join(chunks), True) if size <= BODY_LIMIT else (b"", False)
