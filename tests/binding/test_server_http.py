"""The embedded server as such: keys, malformed and hostile requests, concurrency, life cycle."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from clerk_c.testing import Server
from clerk_c.testing.routes import ROUTES

LIMIT = 10 * 1024 * 1024 + 64 * 1024


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of the first problem, after a look at the whole error body."""
        body = self.json()
        assert set(body) == {"errors", "clerk_trace_id"}
        assert body["clerk_trace_id"] == self.headers["x-clerk-trace-id"]
        assert self.headers["content-type"] == "application/json"
        for error in body["errors"]:
            assert {"message", "long_message", "code"} <= set(error)
        return str(body["errors"][0]["code"])


def send(
    server: Server,
    method: str,
    path: str,
    body: Any = None,
    *,
    key: str | None = "right",
    **headers: str,
) -> Answer:
    """A raw request: JSON unless the body is bytes."""
    if key is not None:
        key = f"Bearer {server.secret_key}" if key == "right" else key
        headers["authorization"] = key
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    if body is not None:
        headers.setdefault("content_type", "application/json")
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, f"/v1{path}", body, headers)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def create(server: Server, name: str = "ada_lovelace") -> str:
    answer = send(server, "POST", "/users", {"username": name})
    assert answer.status == 200, answer.body
    return str(answer.json()["id"])


# Keys


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "authentication_invalid"),
        ("", "authentication_invalid"),
        ("Basic abc", "authorization_header_format_invalid"),
        ("Bearer", "authorization_header_format_invalid"),
        ("Bearer  ", "authorization_header_format_invalid"),
        ("Bearer sk_test_wrong", "clerk_key_invalid"),
        ("Bearer \xe9", "clerk_key_invalid"),
    ],
)
def test_key_refused(server: Server, key: str | None, code: str) -> None:
    for method, path in (("GET", "/users"), ("GET", "/nowhere"), ("PUT", "/users")):
        answer = send(server, method, path, key=key)
        assert (answer.status, answer.code) == (401, code)
        assert server.secret_key.encode() not in answer.body


def test_key_accepted(server: Server) -> None:
    for scheme in ("Bearer", "bearer", "BEARER "):
        assert send(server, "GET", "/users", key=f"{scheme} {server.secret_key}").status == 200


# Paths and methods


def test_unknown_path_and_wrong_method(server: Server) -> None:
    answer = send(server, "GET", "/nowhere")
    assert (answer.status, answer.code) == (404, "resource_not_found")
    assert send(server, "GET", "/users/").status == 404
    answer = send(server, "PUT", "/users/user_1")
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "DELETE, GET, PATCH"
    answer = send(server, "HEAD", "/users")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    "segment",
    ["%2e%2e", "..", "%00", "%ff", "a%2Fban", "count%2F", "'%20OR%201=1--", "%", "x" * 4000, "*"],
)
def test_hostile_path_segments_name_no_user(server: Server, segment: str) -> None:
    key = create(server)
    for path in (f"/users/{segment}", f"/users/{key}%2F{segment}"):
        answer = send(server, "GET", path)
        assert (answer.status, answer.code) == (404, "resource_not_found")
    assert send(server, "POST", f"/users/{key}%2Fban").status in (404, 405)
    assert not send(server, "GET", f"/users/{key}").json()["banned"]


def test_query_oddities(server: Server) -> None:
    create(server)
    for query in ("limit=1e1", "limit=%D9%A1", "limit=--1", "banned=maybe", f"limit={'9' * 40}"):
        answer = send(server, "GET", f"/users?{query}")
        assert (answer.status, answer.code) == (422, "form_param_format_invalid")
    answer = send(server, "GET", "/users?order_by=username&order_by=nonsense&%ff=%ff&&=&limit=")
    assert len(answer.json()) == 1


def test_long_queries(server: Server) -> None:
    create(server)
    many = "&".join(f"email_address={'a' * 200}{index}@example.com" for index in range(100))
    assert send(server, "GET", f"/users?{many}").json() == []
    answer = send(server, "GET", f"/users?query={'%25' * 20_000}")
    assert (answer.status, answer.code) == (422, "form_param_max_length_exceeded")


# Bodies


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xef\xbb\xbf{}",
        b'{"first_name": NaN}',
        b'{"first_name": "\xff"}',
        b'{"first_name": "\\ud800"}',
        b"{} {}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"public_metadata": {"a": -Infinity}}',
    ],
)
def test_malformed_json(server: Server, body: bytes) -> None:
    answer = send(server, "POST", "/users", body)
    assert (answer.status, answer.code) == (400, "request_body_invalid")


def test_other_content_types(server: Server) -> None:
    answer = send(server, "POST", "/users", b"username=ada", content_type="text/plain")
    assert (answer.status, answer.code) == (415, "unsupported_content_type")
    body = b'{"username": "ada_lovelace"}'
    kind = "Application/JSON; charset=utf-8"
    assert send(server, "POST", "/users", body, content_type=kind).status == 200


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"surname": "x"}, "form_param_unknown", "surname"),
        ({"first_name": 1}, "form_param_type_invalid", "first_name"),
        ({"email_address": "ada@example.com"}, "form_param_type_invalid", "email_address"),
        ({"email_address": [1]}, "form_param_type_invalid", "email_address"),
        ({"email_address": ["a@b.cc"] * 11}, "form_param_array_size_exceeded", "email_address"),
        ({"public_metadata": []}, "form_param_value_invalid", "public_metadata"),
        ({"banned": "true"}, "form_param_type_invalid", "banned"),
        ({"create_organizations_limit": 1.5}, "form_param_type_invalid", None),
        ({"create_organizations_limit": 10**40}, "form_param_value_invalid", None),
        ({"create_organizations_limit": True}, "form_param_type_invalid", None),
    ],
)
def test_parameters_refused(server: Server, body: Any, code: str, param: str | None) -> None:
    answer = send(server, "POST", "/users", body)
    assert (answer.status, answer.code) == (422, code)
    name = answer.json()["errors"][0]["meta"]["param_name"]
    assert name == (param or "create_organizations_limit")


def test_last_of_duplicate_keys_counts(server: Server) -> None:
    body = b'{"username": "first_one", "username": "second_one"}'
    assert send(server, "POST", "/users", body).json()["username"] == "second_one"


def test_metadata_in_an_update_depends_on_the_api_version(server: Server) -> None:
    path = f"/users/{create(server)}"
    body = {"public_metadata": {"a": 1}}
    answer = send(server, "PATCH", path, body, clerk_api_version="2025-11-10")
    assert answer.json()["public_metadata"] == {"a": 1}
    answer = send(server, "PATCH", path, body, clerk_api_version="2026-05-12")
    assert (answer.status, answer.code) == (422, "form_param_unknown")


def test_every_route_withstands_nonsense(server: Server) -> None:
    key = create(server)
    bodies = [None, {}, [], 1, "x", [{}], [None], {"\u0000": {"a": [None]}}, {"user_ids": [1, key]}]
    bodies += [b"\x00\xff", b"", b"--x\r\n"]
    for method, template, _ in ROUTES:
        for body in bodies:
            path = template
            for name in ("user_id", "provider", "email_address_id", "client_id", "invitation_id"):
                path = path.replace("{" + name + "}", key)
            answer = send(server, method, path.replace("{", "%00").replace("}", "'"), body)
            assert answer.status < 500, (method, path, body)
            if answer.status >= 400:
                assert answer.code
        if (method, template) == ("DELETE", "/users/{user_id}"):
            key = create(server)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\n"),
        ("multipart/form-data; boundary=b", b"no boundary here"),
        ("multipart/form-data; boundary=" + "b" * 300, b"--b"),
        ("application/json", b"{}"),
    ],
)
def test_malformed_uploads(server: Server, content_type: str, body: bytes) -> None:
    path = f"/users/{create(server)}/profile_image"
    answer = send(server, "POST", path, body, content_type=content_type)
    assert answer.status == 400
    assert answer.code


def test_upload_cut_short(server: Server) -> None:
    png = b"\x89PNG\r\n\x1a\n"
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    path = f"/users/{create(server)}/profile_image"
    kind = "multipart/form-data; boundary=b"
    assert send(server, "POST", path, head + png, content_type=kind).status == 400
    assert (
        send(server, "POST", path, head + png + b"\r\n--b--\r\n", content_type=kind).status == 200
    )


@pytest.mark.parametrize("chunked", [False, True])
def test_body_too_large(server: Server, chunked: bool) -> None:
    content = b" " * (LIMIT + 1)
    pieces: Any = (content[i : i + 65536] for i in range(0, len(content), 65536))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Authorization": f"Bearer {server.secret_key}"}
    connection.request("POST", "/v1/users", pieces if chunked else content, headers)
    answer = Answer(connection.getresponse())
    assert (answer.status, answer.code) == (413, "request_body_too_large")
    # The connection is as good as before.
    connection.request("GET", "/v1/users", headers=headers)
    assert Answer(connection.getresponse()).status == 200
    connection.close()


# Below HTTP


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"GET /v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /v1/users HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 50_000,
        b"POST /v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    ],
)
def test_broken_clients_do_no_harm(server: Server, data: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        try:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass
        except OSError:
            pass  # the server may well hang up first
    assert send(server, "GET", "/users").status == 200


def test_failure_of_the_server_itself(caplog: pytest.LogCaptureFixture) -> None:
    with Server() as server:
        server.store.close()
        with caplog.at_level(logging.ERROR, "clerk_c.testing"):
            answer = send(server, "GET", "/users")
        assert (answer.status, answer.code) == (500, "internal_clerk_error")
        assert "the store is closed" in caplog.text
        assert server.secret_key not in caplog.text


# Concurrency


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Runs the work `count` times at once."""
    barrier = threading.Barrier(count)

    def run(index: int) -> Any:
        barrier.wait()
        return work(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_one_of_many_gets_the_address(server: Server) -> None:
    body = {"email_address": ["ada@example.com"], "username": "ada_lovelace"}
    answers = together(12, lambda _: send(server, "POST", "/users", body))
    assert sorted(answer.status for answer in answers) == [200] + [422] * 11
    assert {a.code for a in answers if a.status == 422} == {"form_identifier_exists"}
    assert send(server, "GET", "/users/count").json()["total_count"] == 1


def test_concurrent_changes_are_all_kept(server: Server) -> None:
    path = f"/users/{create(server)}"

    def change(index: int) -> list[int]:
        body = {"public_metadata": {f"key_{index}": index}}
        wanted = [("PATCH", f"{path}/metadata", body), ("GET", path, None)]
        wanted += [("POST", "/users", {"username": f"user_{index}"})]
        return [send(server, *request).status for request in wanted]

    assert together(12, change) == [[200, 200, 200]] * 12
    kept = send(server, "GET", path).json()["public_metadata"]
    assert kept == {f"key_{index}": index for index in range(12)}
    assert send(server, "GET", "/users/count").json()["total_count"] == 13
