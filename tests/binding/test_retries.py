"""Sending a request again: which answers and failures are worth it, and when it ends."""

import http.server
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from clerk_c import Clerk, exceptions, models
from clerk_c.utils import BackoffStrategy, RetryConfig


class Scripted:
    """Answers each request with the next of the given statuses; the last one stays."""

    def __init__(self) -> None:
        self.statuses: list[int | tuple[int, dict[str, str]]] = [200]
        self.seen: list[tuple[str, bytes]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                outer.seen.append((self.command, self.rfile.read(length)))
                step = outer.statuses[0]
                if len(outer.statuses) > 1:
                    del outer.statuses[0]
                status, headers = step if isinstance(step, tuple) else (step, {})
                body = b'{"object": "total_count", "total_count": 7}'
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = answer

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.httpd.server_address[1]}/v1"


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    script = Scripted()
    thread = threading.Thread(target=script.httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        script.httpd.shutdown()
        thread.join()
        script.httpd.server_close()


def backoff(elapsed: int = 60_000, connection_errors: bool = True, **more: Any) -> RetryConfig:
    return RetryConfig("backoff", BackoffStrategy(1, 5, 1.5, elapsed, 0), connection_errors, **more)


def test_it_goes_on_until_it_works(scripted: Scripted) -> None:
    scripted.statuses = [503, 500, 200]
    with Clerk("sk_test_x", server_url=scripted.url, retry_config=backoff()) as clerk:
        assert clerk.users.count().total_count == 7
    assert len(scripted.seen) == 3


def test_without_configuration_it_tries_again(scripted: Scripted) -> None:
    """Half a second and at most one more later."""
    scripted.statuses = [503, 200]
    with Clerk("sk_test_x", server_url=scripted.url) as clerk:
        assert clerk.users.create(email_address=["a@example.com"]) is not None
    assert [method for method, _ in scripted.seen] == ["POST", "POST"]


def test_none_means_once(scripted: Scripted) -> None:
    scripted.statuses = [503, 200]
    with (
        Clerk("sk_test_x", server_url=scripted.url, retry_config=None) as clerk,
        pytest.raises(models.SDKError, match="Status 503"),
    ):
        clerk.users.count()
    assert len(scripted.seen) == 1


def test_per_call_beats_per_client(scripted: Scripted) -> None:
    scripted.statuses = [503, 200]
    with Clerk("sk_test_x", server_url=scripted.url, retry_config=None) as clerk:
        assert clerk.users.count(retries=backoff()).total_count == 7
    scripted.statuses = [503, 200]
    with Clerk("sk_test_x", server_url=scripted.url, retry_config=backoff()) as clerk:
        for none in (None, RetryConfig("none", backoff().backoff, True)):
            scripted.statuses = [503, 200]
            with pytest.raises(models.SDKError, match="Status 503"):
                clerk.users.count(retries=none)


def test_bodies_are_sent_again(scripted: Scripted) -> None:
    scripted.statuses = [502, 418]
    with (
        Clerk("sk_test_x", server_url=scripted.url, retry_config=backoff()) as clerk,
        pytest.raises(models.SDKError, match="Status 418"),
    ):
        clerk.users.update(user_id="user_1", first_name="Ada")
    first, second = scripted.seen
    assert first == second
    assert b'"first_name":"Ada"' in first[1]


@pytest.mark.parametrize(
    ("codes", "status", "tries"),
    [
        (["429"], 429, 2),
        (["429"], 503, 1),
        (["4XX"], 418, 2),
        (["4x", "502"], 502, 2),
        ([], 503, 2),
        (None, 429, 1),
    ],
)
def test_status_codes(
    scripted: Scripted, codes: "list[str] | None", status: int, tries: int
) -> None:
    scripted.statuses = [status, 200]
    config = backoff(status_codes_override=codes)
    with Clerk("sk_test_x", server_url=scripted.url, retry_config=config) as clerk:
        if tries == 2:
            assert clerk.users.count().total_count == 7
        else:
            with pytest.raises(models.SDKError):
                clerk.users.count()
    assert len(scripted.seen) == tries


def test_the_last_answer_counts_when_time_is_up(scripted: Scripted) -> None:
    scripted.statuses = [503]
    with Clerk("sk_test_x", server_url=scripted.url) as clerk:
        with pytest.raises(models.SDKError, match="Status 503"):
            clerk.users.count(retries=backoff(elapsed=30))
        assert len(scripted.seen) > 1
        scripted.seen.clear()
        with pytest.raises(models.SDKError, match="Status 503"):
            clerk.users.count(retries=backoff(elapsed=-1))
        assert len(scripted.seen) == 1


def test_the_server_says_how_long(scripted: Scripted) -> None:
    scripted.statuses = [(503, {"retry-after-ms": "1"}), (503, {"Retry-After": "0.001"}), 200]
    slow = RetryConfig("backoff", BackoffStrategy(600_000, 600_000, 1, 900_000, 0), True)
    with Clerk("sk_test_x", server_url=scripted.url) as clerk:
        assert clerk.users.count(retries=slow).total_count == 7


def test_connection_errors(refusing: int) -> None:
    with Clerk("sk_test_x", server_url=f"http://127.0.0.1:{refusing}/v1") as clerk:
        for config in (backoff(elapsed=30), backoff(connection_errors=False), None):
            with pytest.raises(exceptions.ConnectError):
                clerk.users.count(retries=config)


def test_a_signal_ends_the_wait(scripted: Scripted) -> None:
    class Woken(Exception):
        pass

    def wake(number: int, frame: object) -> None:
        raise Woken

    scripted.statuses = [503]
    forever = RetryConfig("backoff", BackoffStrategy(600_000, 600_000, 1, 900_000, 0), True)
    before = signal.signal(signal.SIGALRM, wake)
    try:
        with Clerk("sk_test_x", server_url=scripted.url) as clerk:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(Woken):
                clerk.users.count(retries=forever)
            scripted.statuses = [200]
            assert clerk.users.count().total_count == 7
    finally:
        signal.signal(signal.SIGALRM, before)


def test_closing_ends_the_wait(scripted: Scripted) -> None:
    scripted.statuses = [503]
    forever = RetryConfig("backoff", BackoffStrategy(600_000, 600_000, 1, 900_000, 0), True)
    clerk = Clerk("sk_test_x", server_url=scripted.url)
    errors: list[BaseException] = []

    def call() -> None:
        try:
            clerk.users.count(retries=forever)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    while not scripted.seen:
        time.sleep(0.01)
    clerk.close()
    thread.join(60)
    assert [type(error) for error in errors] == [exceptions.ClientClosed]


@pytest.mark.parametrize("wrong", [5, "backoff", {"strategy": "backoff"}, object()])
def test_what_is_no_configuration(scripted: Scripted, wrong: Any) -> None:
    clerk = Clerk("sk_test_x", server_url=scripted.url)
    with pytest.raises(TypeError, match=r"retries must be a utils\.RetryConfig"):
        clerk.users.count(retries=wrong)
    with pytest.raises(TypeError, match="retries"):
        Clerk("sk_test_x", retry_config=wrong)
    assert scripted.seen == []


@pytest.mark.parametrize("code", ["", "abc", "XX", "50", "5000", 503])
def test_what_is_no_status_code(scripted: Scripted, code: Any) -> None:
    config = backoff(status_codes_override=[code])
    clerk = Clerk("sk_test_x", server_url=scripted.url)
    with pytest.raises(ValueError, match="retries: a status code is"):
        clerk.users.count(retries=config)
    assert scripted.seen == []
