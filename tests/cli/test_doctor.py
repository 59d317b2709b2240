"""`clerk-c doctor` finds what is wrong, says what to do, and shows no secret."""

from __future__ import annotations

import json
import sys
import time
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace

import pytest
from commanding import Cli
from recorder import KEY, Recorder, reply

from clerk_c import _libraries, _transport_options, exceptions
from clerk_c.cli import checks

JWKS = {"keys": [{"kty": "RSA", "kid": "ins_1", "n": "AQAB", "e": "AQAB", "alg": "RS256"}]}


def dated(answer: bytes, ahead: float = 0) -> bytes:
    """An answer with a Date: how many seconds ahead of ours the server's clock is."""
    line = f"\r\nDate: {formatdate(time.time() + ahead, usegmt=True)}\r\n\r\n"
    return answer.replace(b"\r\n\r\n", line.encode(), 1)


def findings(cli: Cli, *words: str) -> dict[str, tuple[str, str]]:
    """Status and text of each check."""
    done = cli("doctor", "--json", "--retries", "0", *words)
    assert done.err == ""
    found = json.loads(done.out)
    failed = any(check["status"] == "fail" for check in found["checks"])
    assert (done.status, found["ok"]) == (int(failed), not failed)
    for check in found["checks"]:
        assert check["status"] in ("ok", "warn", "fail")
    return {check["check"]: (check["status"], check["text"]) for check in found["checks"]}


def test_all_is_well(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = lambda request: dated(reply(200, JWKS))
    found = findings(cli)
    assert [*found] == [
        *("python", "clerk_c", "libraries", "certificates", "server", "proxy", "key"),
        *("connection", "jwks", "clock"),
    ]
    assert {status for status, _ in found.values()} <= {"ok", "warn"}  # a slow machine warns
    assert found["server"] == ("ok", recorder.url)
    assert found["key"] == ("ok", "of a development instance (CLERK_SECRET_KEY)")
    assert found["jwks"] == ("ok", "keys that sign sessions: 1")
    assert found["clock"][0] == "ok"
    assert "first byte" in found["connection"][1] and "HTTP/1.1" in found["connection"][1]
    assert "libcurl" in found["libraries"][1] and "cJSON" in found["libraries"][1]
    (first,) = recorder.requests
    assert (first.method, first.target) == ("GET", "/v1/jwks")


def test_lines(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = lambda request: dated(reply(200, {"keys": []}))
    done = cli("doctor")
    assert done.status == 0
    assert "warn  jwks " in done.out and "no session token can be verified" in done.out
    assert KEY not in done.out
    assert cli("doctor", "--help").status == 0
    for words in (("extra",), ("--yes",), ("--jsno",), ("--all",), ("--timeout", "soon")):
        assert cli("doctor", *words).status == 2


@pytest.mark.parametrize(
    ("ahead", "status", "text"),
    [(0, "ok", "within"), (20, "warn", "behind"), (-20, "warn", "ahead of"),
     (3600, "fail", "behind"), (-3600, "fail", "ahead of")],
)  # fmt: skip
def test_clock(ahead: float, status: str, text: str) -> None:
    now = 1_700_000_000.25
    headers = {"date": formatdate(now + ahead, usegmt=True)}
    found = checks._clock(headers, now - 0.2, now + 0.3)
    assert found.status == status and text in found.text


def test_no_clock() -> None:
    for date in ("", "tomorrow", "Mon, 99 Nov 2026 20:00:00 GMT"):
        assert checks._clock({"date": date}, 0, 1).status == "warn"


@pytest.mark.parametrize("code", [401, 403, 404, 500])
def test_refusals(cli: Cli, recorder: Recorder, code: int) -> None:
    recorder.answer = lambda request: dated(reply(code, {"errors": []}))
    found = findings(cli)
    assert found["connection"][0] in ("ok", "warn")  # a slow machine warns
    assert found["jwks"][0] == "fail" and str(code) in found["jwks"][1]
    assert found["clock"][0] == "ok"


def test_another_server(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(200, "<html>")
    found = findings(cli)
    assert found["jwks"] == ("fail", "the answer makes no sense")


def test_no_key(cli: Cli, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLERK_SECRET_KEY")
    recorder.answer = reply(401, {"errors": []})
    found = findings(cli)
    assert found["key"][0] == "fail" and "without a key" in found["jwks"][1]
    monkeypatch.setenv("CLERK_SECRET_KEY", "whatever_1234")
    found = findings(cli)
    assert found["key"][0] == "warn" and "whatever" not in str(found)


def test_no_connection(cli: Cli, refusing: int) -> None:
    found = findings(cli, "--api-url", f"http://127.0.0.1:{refusing}")
    assert found["connection"][0] == "fail" and "jwks" not in found
    found = findings(cli, "--api-url", "http://127.0.0.1:99999")
    assert found["connection"][0] == "fail"
    assert findings(cli, "--api-url", "nonsense")["server"][0] == "fail"


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (exceptions.ProxyError("x"), "is the proxy right?"),
        (exceptions.ConnectError("certificate verify failed"), "SSL_CERT_FILE"),
        (exceptions.ConnectError("cannot resolve x"), "the name is not known"),
        (exceptions.ReadTimeout("x"), "--timeout"),
        (exceptions.ReadError("x"), "nothing answers"),
    ],
)
def test_advice(error: Exception, advice: str) -> None:
    assert advice in checks._advice(error)


@pytest.mark.parametrize(
    ("name", "value", "url", "shown"),
    [
        ("https_proxy", "http://ada:secret@proxy:3128", "https://x", "http://**********@proxy:3128"),
        ("HTTPS_PROXY", "ada:secret@proxy:3128", "https://x", "**********@proxy:3128"),
        ("https_proxy", "http://ada:se/cr@et@proxy", "https://x", "http://**********@proxy"),
        ("all_proxy", "socks5://proxy", "http://x", "socks5://proxy (all_proxy)"),
        ("https_proxy", "http://proxy", "http://x", "none"),
        ("https_proxy", "", "https://x", "none (https_proxy is empty)"),
    ],
)
def test_proxies(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, url: str, shown: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("no_proxy", "localhost")
    found = checks._proxy(url)
    assert found.text.startswith(shown) and "secret" not in found.text and "cr@" not in found.text
    assert found.text.startswith("none") or found.text.endswith("but not for localhost")


def test_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    found = checks._certificates()
    assert found.status == "fail" and "none.pem" in found.text
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setattr(_transport_options, "ca_source", lambda: (None, None, None))
    assert checks._certificates().status == "fail"
    monkeypatch.setattr(_transport_options, "ca_source", lambda: ("system", "/a", None))
    assert checks._certificates().text == "/a (from: system)"


def test_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_libraries, "libraries", lambda: {"libcurl": "8.0"})
    assert [*checks._versions()][-1].status == "warn"
    monkeypatch.setitem(sys.modules, "clerk_c._libraries", None)
    monkeypatch.delattr("clerk_c._libraries", raising=False)
    assert [*checks._versions()][-1].status == "fail"


def test_slow_and_repeated() -> None:
    timing = SimpleNamespace(name=None, connect=1.0, tls=2.0, first_byte=3.0, total=9000.0)
    info = SimpleNamespace(timing=timing, http_version=None, attempts=1)
    assert checks._connected(info).status == "warn"
    timing.total = 10.0
    found = checks._connected(info)
    assert found.text == "HTTP, connect 1 ms, TLS 2 ms, first byte 3 ms, all 10 ms"
    info.attempts = 2
    assert checks._connected(info).status == "warn"
