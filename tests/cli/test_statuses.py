"""How a command ends: statuses, questions, keys, signals, pipes and full disks."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from commanding import Cli
from recorder import KEY, Recorded, Recorder, reply

from clerk_c.cli import failures
from clerk_c.cli.writing import Writer

ROOT = Path(__file__).parents[2]
PROBLEM = {
    "errors": [
        {
            "message": "short",
            "long_message": "in more words",
            "code": "the_code",
            "meta": {"param_name": "first_name"},
        }
    ],
    "clerk_trace_id": "trace_1",
}


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (400, 5), (401, 3), (402, 5), (403, 3), (404, 4), (409, 5), (410, 4), (413, 5), (422, 5),
        (429, 6), (500, 7), (503, 7), (418, 5),
    ],
)  # fmt: skip
def test_refusals(cli: Cli, recorder: Recorder, code: int, status: int) -> None:
    recorder.answer = reply(code, PROBLEM)
    done = cli("users", "create", "--retries", "0")
    assert (done.status, done.out) == (status, "")
    assert f"{code}: in more words [the_code, first_name] (trace trace_1)" in done.err


def test_too_many_requests(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(429, PROBLEM).replace(b"\r\n\r\n", b"\r\nRetry-After: 17\r\n\r\n", 1)
    assert "in 17 seconds" in cli("users", "list", "--retries", "0").err


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"errors": []}', b'{"errors": 5}', b'{"errors": [1]}']
)
def test_refusals_without_clerks_words(cli: Cli, recorder: Recorder, body: bytes) -> None:
    recorder.answer = reply(502, body, "text/html")
    done = cli("users", "list", "--retries=0")
    assert done.status == 7 and "502" in done.err and "Traceback" not in done.err


def test_answers_that_make_no_sense(cli: Cli, recorder: Recorder) -> None:
    for body in (b"{", b"5", b'"text"'):
        recorder.answer = reply(200, body)
        assert cli("users", "list", "--retries", "0").status == 7


def test_retries(cli: Cli, recorder: Recorder) -> None:
    answers = [reply(503, b"").replace(b"\r\n\r\n", b"\r\nretry-after-ms: 1\r\n\r\n", 1)] * 2

    def answer(request: Recorded) -> bytes:
        return answers.pop() if answers else reply(200, [])

    recorder.answer = answer
    assert cli("users", "list").status == 0
    assert len(recorder.requests) == 3


def test_no_network(cli: Cli, refusing: int) -> None:
    url = f"http://127.0.0.1:{refusing}"
    done = cli("users", "list", "--retries", "0", "--api-url", url)
    assert (done.status, done.out) == (8, "")
    assert "doctor" in done.err


def test_a_time_limit(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        done = cli("users", "list", "--retries=0", "--timeout=50ms", "--api-url", url)
    assert done.status == 8


def test_the_version_is_part_of_the_url(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(200, [])
    origin = recorder.url.removesuffix("/v1")
    for url in (origin, f"{origin}/", recorder.url, f"{recorder.url}/"):
        assert cli("users", "list", "--api-url", url).status == 0
        assert recorder.take().path == "/v1/users"
    assert cli("users", "list", "--api-url", f"{origin}/v2").status == 0
    assert recorder.take().path == "/v2/users"


# keys


def test_no_key(cli: Cli, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, "", "  "):
        if value is None:
            monkeypatch.delenv("CLERK_SECRET_KEY")
        else:
            monkeypatch.setenv("CLERK_SECRET_KEY", value)
        done = cli("users", "list")
        assert done.status == 3 and "CLERK_SECRET_KEY is not set" in done.err
    recorder.answer = reply(200, b"", "text/html")
    assert cli("miscellaneous", "get-public-interstitial").status == 0
    assert recorder.take().one("authorization") is None


def test_a_key_that_is_none(
    cli: Cli, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in ("two words", "sk_ü", "a\x01b", "x" * 2000):
        monkeypatch.setenv("CLERK_SECRET_KEY", value)
        done = cli("users", "list")
        assert done.status == 3 and value not in done.err
    monkeypatch.setenv("CLERK_SECRET_KEY", "pk_test_Y2xlcmsuZXhhbXBsZS5jb20k")
    done = cli("users", "list")
    assert done.status == 3 and "CLERK_SECRET_KEY: this is a publishable key" in done.err
    assert recorder.requests == []


def test_key_files(
    cli: Cli, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CLERK_SECRET_KEY")
    recorder.answer = reply(200, [])
    path = tmp_path / "key"
    path.write_text("sk_test_of_the_file\n")
    path.chmod(0o600)
    done = cli("users", "list", "--key-file", str(path))
    assert (done.status, done.err) == (0, "")
    assert recorder.take().one("authorization") == "Bearer sk_test_of_the_file"
    path.chmod(0o644)
    assert "everybody can read" in cli("users", "list", "--key-file", str(path)).err
    path.write_text(" \n")
    assert cli("users", "list", "--key-file", str(path)).status == 3
    path.write_bytes(b"\xff\xfe")
    assert cli("users", "list", "--key-file", str(path)).status == 9


# questions


@pytest.mark.parametrize(("typed", "is_done"), [("y\n", True), ("YES\n", True), ("yes", True),
    ("n\n", False), ("\n", False), ("", False), ("yep\n", False)])  # fmt: skip
def test_what_cannot_be_taken_back_is_asked_about(
    cli: Cli, recorder: Recorder, typed: str, is_done: bool
) -> None:
    recorder.answer = reply(200, {"id": "user_1", "deleted": True})
    done = cli("users", "delete", "user_1", stdin=typed)
    assert "DELETE /users/user_1 (users delete, development instance)" in done.err
    assert done.status == (0 if is_done else 10)
    assert len(recorder.requests) == is_done


def test_nobody_to_ask(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(200, {})
    for stdin in (b"", b"y\n"):
        done = cli("users", "ban", "user_1", stdin=stdin)
        assert (done.status, done.out, recorder.requests) == (10, "", [])
        assert "--yes" in done.err
    assert cli("users", "ban", "user_1", "-y").status == 0


def test_statuses_are_told_apart() -> None:
    numbers = [number for number, _ in failures.MEANINGS]
    assert len({*numbers}) == len(numbers)
    page = (ROOT / "docs/command-line.md").read_text("utf-8")
    for number, meaning in failures.MEANINGS:
        assert f"| {number} | {meaning} |" in page


# processes


def start(
    recorder: Recorder, *words: str, through: tuple[str, ...] = (), **more: Any
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*through, sys.executable, "-W", "error", "-m", "clerk_c", *words],
        env={**os.environ, "CLERK_SECRET_KEY": KEY, "CLERK_API_URL": recorder.url},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        **more,
    )


def test_a_process(recorder: Recorder) -> None:
    recorder.answer = reply(200, [{"id": "user_1"}])
    process = start(recorder, "users", "list", stdout=subprocess.PIPE)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert out.split() == b'[ { "id": "user_1" } ]'.split()


def test_ctrl_c(recorder: Recorder) -> None:
    asked, over = threading.Event(), threading.Event()

    def answer(request: Recorded) -> bytes:
        asked.set()
        over.wait(60)
        return reply(200, [])

    recorder.answer = answer
    process = start(recorder, "users", "list", "--timeout", "1m", stdout=subprocess.PIPE)
    try:
        assert asked.wait(60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        over.set()
        process.kill()
    assert (process.returncode, out, err) == (130, b"", b"clerk-c: interrupted\n")


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "table"])
def test_ctrl_c_between_pages(recorder: Recorder, form: str) -> None:
    """What came before is whole; CSV and JSON lines are there before the end."""
    asked, over = threading.Event(), threading.Event()

    def answer(request: Recorded) -> bytes:
        query = parse_qs(request.query)
        start, limit = (int(query[name][0]) for name in ("offset", "limit"))
        if start > limit:  # the third page: the first has been given by now
            asked.set()
            over.wait(60)
        found = [{"id": f"user_{n}", "first_name": "Ada"} for n in range(start, start + limit)]
        return reply(200, found)

    recorder.answer = answer
    words = ("users", "list", "--all", "--limit", "500", f"--{form}", "--timeout", "1m")
    process = start(recorder, *words, stdout=subprocess.PIPE, bufsize=0)
    try:
        assert asked.wait(60)
        out = b""
        if form in ("jsonl", "csv"):
            assert process.stdout is not None
            out = b"".join(process.stdout.readline() for _ in range(500))
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=60)
    finally:
        over.set()
        process.kill()
    assert (process.returncode, err) == (130, b"clerk-c: interrupted\n")
    text = (out + rest).decode()
    assert text.endswith("\n")
    if form == "json":
        found = [user["id"] for user in json.loads(text)]
    elif form == "jsonl":
        found = [json.loads(line)["id"] for line in text.splitlines()]
    else:
        found = re.findall(r"^user_\d+", text, re.MULTILINE)
    assert found == [f"user_{n}" for n in range(len(found))] and len(found) >= 500


def test_ctrl_c_while_a_piece_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one waits for the end of the piece, the second does not."""

    class Slow(io.StringIO):
        def __init__(self, times: int) -> None:
            super().__init__()
            self.times = times

        def write(self, text: str) -> int:
            for _ in range(self.times):
                signal.raise_signal(signal.SIGINT)
            return super().write(text)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for times, written in ((1, "piece"), (2, "")):
            stream = Slow(times)
            monkeypatch.setattr(sys, "stdout", stream)
            with pytest.raises(KeyboardInterrupt), Writer() as writer:
                writer.write("piece")
            assert (stream.getvalue(), writer.count) == (written, int(written != ""))
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_nobody_reads_any_more(recorder: Recorder) -> None:
    """As with `clerk-c users list --all | head -1`."""
    user = {"id": "user_1", "first_name": "x" * 100_000}
    recorder.answer = reply(200, [user] * 10)
    process = start(recorder, "users", "list", "--jsonl", stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.read(10) == b'{"id": "us'
    process.stdout.close()
    assert process.wait(60) == 141
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk(recorder: Recorder) -> None:
    recorder.answer = reply(200, [{"id": "user_1"}])
    for words in (("users", "list"), ("--help",)):
        with open("/dev/full", "wb") as full:
            process = start(recorder, *words, stdout=full)
            _, err = process.communicate()
        assert process.returncode == 9
        assert err.startswith(b"clerk-c: standard output: ") and b"Traceback" not in err


def test_commands_that_need_what_is_not_there(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "clerk_c.bench.__main__", None)
    done = cli("bench")
    assert done.status == 9 and "bench cannot run" in done.err


def test_standard_streams_that_are_closed(
    cli: Cli, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.answer = reply(200, {})
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", None)
        assert cli("users", "lst") == (2, "", "")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        assert cli("users", "list").status == 9
    closed = ("sh", "-c", 'exec "$@" <&-', "sh")
    words = ("users", "create", "--body", "-")
    process = start(recorder, *words, through=closed, stdout=subprocess.DEVNULL)
    _, err = process.communicate()
    assert (process.returncode, err) == (9, b"clerk-c: --body: standard input is closed\n")
    assert recorder.requests == []


def test_odd_settings(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLERK_C_RESPONSE_VALIDATION", "bogus")
    assert cli("--help").status == 0
    done = cli("users", "list")
    assert done.status == 2 and "CLERK_C_RESPONSE_VALIDATION" in done.err
    assert cli("users", "list", "--api-url", "http://127.0.0.1:99999").status == 2


def test_options_before_the_group(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(200, {})
    assert cli("-y", "users", "delete", "user_1").status == 0
    assert cli("--api-url", recorder.url, "--json", "users", "count").status == 0
    assert cli("--limit", "5", "users", "list").status == 2
    assert "exclude" in cli("--json", "users", "list", "--table").err
