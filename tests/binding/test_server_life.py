"""The embedded server's life: stores that are kept, the server object, the command."""

from __future__ import annotations

import http.client
import json
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clerk_c.testing import Server, Store


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.body = response.read()

    def json(self) -> Any:
        return json.loads(self.body)


def send(
    server: Server, method: str, path: str, body: Any = None, *, key: str | None = None, **more: str
) -> Answer:
    headers = {"authorization": f"Bearer {key or server.secret_key}"}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    content = None
    if body is not None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers["content-type"] = "application/json"
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, f"/v1{path}", content, headers)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def create(server: Server, name: str = "ada_lovelace") -> str:
    answer = send(server, "POST", "/users", {"username": name})
    assert answer.status == 200, answer.body
    return str(answer.json()["id"])


# The store across runs


def test_a_kept_store_survives_a_restart(tmp_path: Path) -> None:
    db = tmp_path / "store.sqlite3"
    with Server(db=db) as server:
        key = server.secret_key
        user = send(server, "POST", "/users", {"username": "ada_lovelace"}).json()
        session = server.store.sign_in(user["id"])
        send(server, "PATCH", "/instance/restrictions", {"blocklist": True})
    assert db.exists()
    with Server(db=db) as server:
        assert server.secret_key == key
        again = send(server, "GET", f"/users/{user['id']}").json()
        volatile = ("image_url", "last_sign_in_at", "last_active_at")
        assert {k: v for k, v in again.items() if k not in volatile} == {
            k: v for k, v in user.items() if k not in volatile
        }
        answer = send(server, "POST", "/clients/verify", {"token": session["token"]})
        assert answer.json()["id"] == session["client_id"]
        assert send(server, "PATCH", "/instance/restrictions", {}).json()["blocklist"]
    with Server(db=db, secret_key="sk_test_other") as server:
        assert server.secret_key == "sk_test_other"
        assert send(server, "GET", f"/users/{user['id']}").status == 200


def test_a_temporary_store_goes_away() -> None:
    with Server() as server:
        directory = Path(server.store.path).parent
        create(server)
        assert directory.exists()
    assert not directory.exists()


def test_a_store_nobody_closes_goes_away_with_the_program(tmp_path: Path) -> None:
    code = "from clerk_c.testing import Store; store = Store(); print(store.path)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert not Path(done.stdout.strip()).parent.exists()


def test_files_that_are_no_store(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_bytes(b"not a database at all" * 100)
    with pytest.raises(ValueError, match="cannot be used as a store"):
        Store(text)
    other = tmp_path / "other"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE precious (value)")
    connection.commit()
    connection.close()
    before = other.read_bytes()
    with pytest.raises(ValueError, match="another program"):
        Store(other)
    assert other.read_bytes() == before
    with pytest.raises(ValueError, match="cannot be used as a store"):
        Store(tmp_path / "missing" / "store")
    with pytest.raises(ValueError, match="environment"):
        Store(environment="staging")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def test_failed_requests_leave_nothing_behind(server: Server) -> None:
    create(server, "taken_name")
    body = {"email_address": ["a@example.com"], "phone_number": ["+15555550100"] * 2}
    assert send(server, "POST", "/users", body).status == 422
    assert send(server, "GET", "/users/count").json()["total_count"] == 1
    assert send(server, "POST", "/users", {"email_address": ["a@example.com"]}).status == 200


# The server object


def test_requests_are_recorded(server: Server) -> None:
    send(server, "POST", "/users?a=1&a=%20", {"username": "ada_lovelace"}, x_extra="yes")
    send(server, "GET", "/users/a%2Fb", key="wrong")
    first, second = server.requests
    assert (first.method, first.path, first.status) == ("POST", "/v1/users", 200)
    assert first.query == [("a", "1"), ("a", " ")]
    assert first.headers["x-extra"] == "yes"
    assert ("x-extra", "yes") in first.header_list
    assert first.json() == {"username": "ada_lovelace"}
    assert (second.raw_path, second.path) == ("/v1/users/a%2Fb", "/v1/users/a/b")
    assert second.status == 401
    shown = repr([first, second, server, server.store])
    assert server.secret_key not in shown


def test_recording_is_bounded_in_bytes() -> None:
    body = b" " * (8 * 1024 * 1024)
    with Server() as server:
        for _ in range(10):
            send(server, "POST", "/users", body)
        assert len(server.requests) == 8
        assert server.requests[-1].body == body
        assert [request.status for request in server.requests[:2]] == [400, 400]
        server.requests.clear()
        assert list(server.requests) == []


def test_recording_is_bounded() -> None:
    with Server(keep_requests=2) as server:
        for name in ("one_", "two_", "three_"):
            create(server, name)
        assert [request.json()["username"] for request in server.requests] == ["two_", "three_"]


def test_life_cycle() -> None:
    before = set(threading.enumerate())
    server = Server(secret_key="sk_test_mine")
    new = set(threading.enumerate()) - before
    (thread,) = [one for one in new if one.name == "clerk_c.testing"]
    assert server.url == f"http://127.0.0.1:{server.port}/v1"
    assert send(server, "GET", "/users", key="sk_test_mine").status == 200
    with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1 port {server.port}: .*in use"):
        Server(port=server.port)
    for wrong in (-1, 65_536, 99_999, 1 << 70):
        with pytest.raises(ValueError, match=f"^port must be between 0 and 65535, not {wrong}$"):
            Server(port=wrong)
    given: Any
    for given, text in (({"port": "80"}, "port must be int"), ({"port": True}, "port must be int"),
                        ({"host": None}, "host must be str"), ({"db": 5}, "db must be a path"),
                        ({"keep_requests": "9"}, "keep_requests must be int"),
                        ({"secret_key": b"sk"}, "secret_key must be str")):  # fmt: skip
        with pytest.raises(TypeError, match=text):
            Server(**given)
    for given in ({"keep_requests": -1}, {"secret_key": ""}, {"secret_key": "sk_a b\n"}):
        with pytest.raises(ValueError, match=f"^{next(iter(given))} must be "):
            Server(**given)
    server.close()
    server.close()
    assert "closed" in repr(server)
    with pytest.raises(ConnectionRefusedError):
        send(server, "GET", "/users")
    assert not thread.is_alive()


def test_two_servers_are_two_worlds() -> None:
    with Server() as one, Server() as two:
        assert one.secret_key != two.secret_key
        create(one)
        assert send(two, "GET", "/users/count").json()["total_count"] == 0
        assert send(two, "GET", "/users", key=one.secret_key).status == 401


# The command


def start(directory: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command, away from the source tree, so that the installed package runs."""
    command = [sys.executable, "-W", "error", "-m", "clerk_c.testing", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=directory)


@pytest.mark.parametrize("signal_name", ["SIGINT", "SIGTERM"])
def test_command(tmp_path: Path, signal_name: str) -> None:
    db = str(tmp_path / "store")
    process = start(tmp_path, "--json", "--db", db, "--secret-key", "sk_test_cli")
    assert process.stdout is not None
    facts = json.loads(process.stdout.readline())
    assert (facts["secret_key"], facts["db"]) == ("sk_test_cli", db)
    port = int(facts["url"].rpartition(":")[2].partition("/")[0])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/v1/users", headers={"Authorization": "Bearer sk_test_cli"})
    assert Answer(connection.getresponse()).json() == []
    connection.close()
    process.send_signal(getattr(signal, signal_name))
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 0


def test_command_for_people(tmp_path: Path) -> None:
    process = start(tmp_path)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(8)]
    process.terminate()
    rest, errors = process.communicate(timeout=30)
    text = "".join(lines) + rest
    assert "http://127.0.0.1:" in text
    assert "sk_test_" in text
    assert "Ctrl-C" in text
    assert (process.returncode, errors) == (0, "")


def test_command_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database" * 100)
    with Server() as server:
        database = str(tmp_path / "text")
        for arguments in (["--port", str(server.port)], ["--port", "99999"], ["--db", database]):
            process = start(tmp_path, *arguments)
            output, errors = process.communicate(timeout=30)
            assert (process.returncode, output) == (1, "")
            assert errors.startswith("clerk_c.testing: ")
            assert errors.count("\n") == 1


def test_missing_packages_are_named(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['starlette'] = None\n"
        "import clerk_c.testing\n"
        "try: clerk_c.testing.Server\n"
        "except ImportError as error: print(error)\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == 'clerk_c.testing needs starlette: pip install "clerk_c[testing]"\n'
