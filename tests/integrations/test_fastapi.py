"""FastAPI and Starlette with the real frameworks."""

import asyncio
import contextlib
import json
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

import httpx
import uvicorn
from fastapi import Depends, FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.websockets import WebSocketDisconnect

from clerk_c import parse_publishable_key
from clerk_c.integrations import fastapi, starlette
from clerk_c.integrations.fastapi import ClerkAuth, ClerkMiddleware, RequestState

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would like another HTTP client better
    from fastapi.testclient import TestClient


def shown(state: RequestState) -> dict[str, Any]:
    return {"user": (state.payload or {}).get("sub"), "signed_in": state.is_signed_in}


def fastapi_app(settings: dict[str, Any]) -> FastAPI:
    app = FastAPI()
    auth = ClerkAuth(**settings)
    app.state.auth = auth
    app.add_middleware(ClerkMiddleware, auth=auth)

    @app.get("/me")
    async def me(state: Annotated[RequestState, Depends(auth)]) -> Any:
        return shown(state)

    @app.get("/admin")
    def admin(state: Annotated[RequestState, Depends(auth.require(role="org:admin"))]) -> Any:
        return shown(state)

    @app.get("/open")
    async def open_(
        state: Annotated[RequestState, Depends(auth.optional)], request: Request
    ) -> Any:
        assert request.state.clerk is state
        return shown(state)

    @app.websocket("/socket")
    async def socket(
        websocket: WebSocket, state: Annotated[RequestState, Depends(auth)]
    ) -> None:
        await websocket.accept()
        await websocket.send_json(shown(state))
        await websocket.close()

    return app


def starlette_app(settings: dict[str, Any]) -> Starlette:
    auth = starlette.ClerkAuth(**settings)

    @auth.protect
    async def me(request: Request) -> JSONResponse:
        return JSONResponse(shown(request.state.clerk))

    class Admin(HTTPEndpoint):
        @auth.protect(role="org:admin")
        def get(self, request: Request) -> JSONResponse:
            return JSONResponse(shown(request.state.clerk))

    async def open_(request: Request) -> JSONResponse:
        return JSONResponse(shown(request.state.clerk))

    routes = [Route("/me", me), Route("/admin", Admin), Route("/open", open_)]
    middleware = [Middleware(starlette.ClerkMiddleware, auth=auth)]
    return Starlette(routes=routes, middleware=middleware)


APPS = {"fastapi": fastapi_app, "starlette": starlette_app}


@pytest.fixture(params=APPS)
def client(request: pytest.FixtureRequest, instance: Any) -> Iterator[TestClient]:
    with TestClient(APPS[request.param](instance.settings)) as client:
        client.kind = request.param  # type: ignore[attr-defined]
        yield client


def refused(answer: httpx.Response) -> Any:
    body = answer.json()
    return body.get("detail", body)  # FastAPI wraps it


def test_outcomes(
    client: TestClient, instance: Any, outcomes: Callable[[], Any], judge: Callable[..., None]
) -> None:
    for path, headers, status, code in outcomes():
        answer = client.get(path, headers=headers)
        assert answer.status_code == status, (path, headers, answer.text)
        if status == 200 and path != "/open":
            assert answer.json() == {"user": instance.user, "signed_in": True}
        elif status != 200:
            judge(status, code, refused(answer), dict(answer.headers))


def test_odd_headers(client: TestClient, odd: list[tuple[str, str]]) -> None:
    headers = [(name, value.encode("latin-1")) for name, value in odd]
    assert client.get("/me", headers=headers).status_code == 401
    answer = client.get("/open", headers=headers)
    assert answer.json() == {"user": None, "signed_in": False}


def test_split_cookies(instance: Any) -> None:
    """HTTP/2 allows several Cookie headers."""
    app = fastapi_app(instance.settings)
    cookies = [b"a=b", f"__session={instance.token()}".encode(), b"c=d"]
    scope = {
        "type": "http", "method": "GET", "path": "/me", "raw_path": b"/me", "query_string": b"",
        "headers": [(b"cookie", cookie) for cookie in cookies], "app": app,
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 200
    assert json.loads(sent[1]["body"])["user"] == instance.user


def test_websockets(instance: Any) -> None:
    client = TestClient(fastapi_app(instance.settings))
    token = instance.token()
    with client.websocket_connect("/socket", headers={"Cookie": f"__session={token}"}) as socket:
        assert socket.receive_json() == {"user": instance.user, "signed_in": True}
    with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect("/socket"):
        pass
    assert (caught.value.code, caught.value.reason) == (1008, "session-token-missing")


def test_the_schema_tells_of_it(instance: Any) -> None:
    schema = fastapi_app(instance.settings).openapi()
    (scheme,) = schema["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert schema["paths"]["/me"]["get"]["security"] == [{"Clerk": []}]
    assert schema["paths"]["/admin"]["get"]["security"] == [{"Clerk": []}]


def test_decided_once(instance: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The middleware's decision is the dependencies', but not that of another ClerkAuth."""
    app = fastapi_app(instance.settings)
    other = ClerkAuth(jwt_key="-----BEGIN PUBLIC KEY-----")

    @app.get("/other")
    async def another(
        first: Annotated[RequestState, Depends(app.state.auth)],
        second: Annotated[RequestState, Depends(other.optional)],
    ) -> Any:
        return [first.is_signed_in, second.is_signed_in]

    calls: list[Any] = []
    plain = app.state.auth.authenticate_async

    async def counted(request: Any) -> RequestState:
        calls.append(request)
        return await plain(request)

    monkeypatch.setattr(app.state.auth, "authenticate_async", counted)
    answer = TestClient(app).get("/other", headers={"Authorization": f"Bearer {instance.token()}"})
    assert answer.json() == [True, False]
    assert len(calls) == 1


def test_tokens_of_the_embedded_server(instance: Any) -> None:
    auth = ClerkAuth(**instance.settings)
    mint = instance.server.store.session_token

    def state(**claims: Any) -> RequestState:
        return auth.authenticate({"authorization": f"Bearer {mint('user_1', **claims)}"})

    assert state().payload["sub"] == "user_1"
    assert state(org_role="org:admin").to_auth().has(role="org:admin")
    assert not state(org_id="org_1").to_auth().has(role="org:admin")
    assert state(org_id="org_1").payload["org_id"] == "org_1"
    for claims, code in (
        ({"seconds": -60}, "token-expired"),
        ({"exp": None}, "token-invalid"),
        ({"sts": "pending"}, "session-pending"),
    ):
        assert state(**claims).reason.value[0] == code


def test_reverification(instance: Any) -> None:
    app = FastAPI()
    auth = ClerkAuth(**instance.settings)

    strict = auth.require(reverification="strict")

    @app.get("/")
    def recent(state: Annotated[RequestState, Depends(strict)]) -> Any:
        return shown(state)

    client = TestClient(app)
    for fva, status in (([0, 0], 200), ([1000, 1000], 403)):
        token = instance.mint(fva=fva)
        answer = client.get("/", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
    assert answer.json()["detail"]["clerk_error"] == {
        "type": "forbidden",
        "reason": "reverification-error",
        "metadata": {"reverification": "strict"},
    }


def test_who_may_ask(instance: Any) -> None:
    """authorized_parties, and other kinds of tokens."""
    for parties, status in ((["https://app.example.com"], 200), (["https://b.example.com"], 401)):
        client = TestClient(fastapi_app({**instance.settings, "authorized_parties": parties}))
        headers = {"Authorization": f"Bearer {instance.mint()}"}
        assert client.get("/me", headers=headers).status_code == status
    pending = {"Authorization": f"Bearer {instance.pending()}"}
    settings = {**instance.settings, "treat_pending_as_signed_out": False}
    assert TestClient(fastapi_app(settings)).get("/me", headers=pending).status_code == 200


def test_a_jwks_endpoint_that_is_down(instance: Any, refusing: int) -> None:
    """It says nothing about who is asking, so that nobody is told to sign in again."""
    down = f"http://127.0.0.1:{refusing}"
    client = TestClient(fastapi_app({"secret_key": "sk_test_down", "api_url": down}))
    answer = client.get("/me", headers={"Authorization": f"Bearer {instance.mint()}"})
    assert answer.status_code == 503
    assert refused(answer)["errors"][0]["code"] == "jwk-failed-to-load"
    assert "www-authenticate" not in answer.headers
    assert answer.headers["retry-after"] == "5"
    unreadable = TestClient(fastapi_app({"jwt_key": "no key"}))
    answer = unreadable.get("/me", headers={"Authorization": f"Bearer {instance.mint()}"})
    assert answer.status_code == 503
    assert client.get("/me").status_code == 401


def test_the_cookie_of_the_instance(instance: Any) -> None:
    """Beside that of another instance on the same domain."""
    key = "pk_test_Y2xlcmsuZXhhbXBsZS5jb20k"
    name = f"__session_{parse_publishable_key(key).cookie_suffix}"
    token = instance.token()
    other = "__session=other; __session_AAAAAAAA=another"
    for cookies, status in (
        (f"{other}; {name}={token}", 200),
        (f"{other}; {name}=x", 401),
        (f"__session={token}; {name}=x", 401),
    ):
        client = TestClient(fastapi_app({**instance.settings, "publishable_key": key}))
        assert client.get("/me", headers={"Cookie": cookies}).status_code == status, cookies


def test_prewarm(instance: Any) -> None:
    """The keys are there before the first request."""
    for prewarm in (lambda auth: auth.prewarm(), lambda auth: asyncio.run(auth.prewarm_async())):
        log = instance.server.requests
        log.clear()
        # Another secret would be another instance: a version that differs will do.
        auth = ClerkAuth(**{**instance.settings, "api_url": instance.server.origin + "/"})
        assert prewarm(auth) is True
        assert prewarm(ClerkAuth(jwt_key="x")) is True
        fetched = len(log)
        assert auth.authenticate({"authorization": f"Bearer {instance.mint()}"}).is_signed_in
        assert len(log) == fetched


def test_bad_conditions() -> None:
    auth = ClerkAuth(secret_key="sk_test_x")
    with pytest.raises(ValueError, match="require: no condition"):
        auth.require()
    with pytest.raises(TypeError):
        auth.require(role=5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="reverification"):
        auth.require(reverification="now and then")
    with pytest.raises(TypeError, match="protect is for functions"):
        auth.protect(type("Endpoint", (), {}))


def test_an_endpoint_without_a_request() -> None:
    auth = ClerkAuth(secret_key="sk_test_x")

    @auth.protect
    async def nothing() -> None: ...

    with pytest.raises(TypeError, match="nothing has to take a Request"):
        asyncio.run(nothing())


# Over a socket


class _Ready(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextlib.contextmanager
def served(app: Any) -> Iterator[str]:
    """The application on loopback, by uvicorn."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = _Ready(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        assert server.ready.wait(60)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
        listener.close()


def test_over_a_socket(instance: Any, outcomes: Callable[[], Any]) -> None:
    with served(fastapi_app(instance.settings)) as url, httpx.Client() as client:
        for path, headers, status, _ in outcomes():
            assert client.get(url + path, headers=headers).status_code == status, path


def test_the_same_names() -> None:
    assert fastapi.RequestState is starlette.RequestState
    assert fastapi.ClerkMiddleware is starlette.ClerkMiddleware
