"""Settings of the connections: checked when they are given, and shown without secrets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from recorder import Recorder, reply

from clerk_c import Clerk, _transport_options, exceptions


@pytest.mark.parametrize(
    "given",
    [
        {"proxy": 3},
        {"proxy": b"http://proxy.example"},
        {"ca_file": 3},
        {"ca_dir": b"/"},
        {"client_cert": 3},
        {"client_cert": (__file__, __file__, 3)},
        {"client_cert": [__file__, __file__]},
        {"http2": 1},
        {"http2": "yes"},
        {"max_response_bytes": 1.5},
        {"max_response_bytes": True},
        {"max_connections": "4"},
        {"max_idle_connections": 2.0},
    ],
    ids=str,
)
def test_types(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=f"^{next(iter(given))}"):
        Clerk("sk_test", **given)


@pytest.mark.parametrize(
    "given",
    [
        {"proxy": "proxy.example:3128"},
        {"proxy": "ftp://proxy.example"},
        {"proxy": "http:proxy.example"},
        {"proxy": "http://"},
        {"proxy": "http://:3128"},
        {"proxy": "http://user:secret@proxy.example:99999"},
        {"proxy": "http://user:secret@proxy.example:port"},
        {"proxy": "http://user:secret@[::1"},
        {"proxy": "http://user:secret@proxy.example\r\n"},
        {"proxy": "http://user:secret@proxy.example/path"},
        {"proxy": "http://user:secret@pröxy.example"},
        {"ca_file": "/nowhere/ca.pem"},
        {"ca_file": "/"},
        {"ca_file": "a\0b"},
        {"ca_dir": "/nowhere"},
        {"ca_dir": __file__},
        {"client_cert": "/nowhere/cert.pem"},
        {"client_cert": ()},
        {"client_cert": (__file__,)},
        {"client_cert": (__file__, "/nowhere/key.pem", "secret")},
        {"client_cert": (__file__, __file__, "secret", "secret")},
        {"client_cert": (__file__, __file__, "secret\0")},
        {"max_response_bytes": 0},
        {"max_response_bytes": 2**63},
        {"max_connections": -1},
        {"max_idle_connections": 0},
    ],
    ids=repr,
)
def test_values(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(given))}") as caught:
        Clerk("sk_test", **given)
    assert "secret" not in str(caught.value)


def test_paths_may_be_objects_and_are_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.pem").write_text("")
    monkeypatch.chdir(tmp_path)
    with Clerk("sk_test", ca_file=Path("ca.pem"), ca_dir=tmp_path) as clerk:
        options: Any = clerk._transport_options
        assert options.ca_file == str(tmp_path / "ca.pem")
        assert options.ca_dir == str(tmp_path)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    cert = tmp_path / "both.pem"
    cert.write_text("")
    proxy = "http://user:s3cret@proxy.example:3128"
    with Clerk("sk_test", proxy=proxy, client_cert=(cert, cert, "s3cret")) as clerk:
        options: Any = clerk._transport_options
        shown = repr(clerk) + repr(options) + repr(vars(clerk)) + str(options)
        assert "s3cret" not in shown
        assert "proxy.example:3128" in shown
        assert options.proxy == proxy


def test_without_settings_nothing_is_imported() -> None:
    code = (
        "import sys; before = {*sys.modules}; import clerk_c; clerk_c.Clerk('sk'); "
        "print(*{*sys.modules} - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "clerk_c._transport_options" not in done.stdout
    assert "clerk_c._net" not in done.stdout
    assert "urllib" not in done.stdout


def test_bound_on_answers(recorder: Recorder) -> None:
    recorder.answer = reply(200, b"[" + b" " * 98 + b"]", "application/json")
    with (
        Clerk("sk_test", server_url=recorder.url, max_response_bytes=99) as clerk,
        pytest.raises(exceptions.ResponseTooLarge, match="99 bytes"),
    ):
        clerk.users.list(request={})
    with Clerk("sk_test", server_url=recorder.url, max_response_bytes=100) as clerk:
        assert clerk.users.list(request={}) == []


def test_ca_source_names_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/some/where.pem")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    assert _transport_options.ca_source() == ("environment", "/some/where.pem", None)


def test_ca_source_finds_this_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    source, file, folder = _transport_options.ca_source()
    if source is None:
        pytest.skip("there are no CA certificates on this machine")
    assert os.access(file or folder or "", os.R_OK)


def test_certifi_is_found_without_being_imported(tmp_path: Path) -> None:
    package = tmp_path / "certifi"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    code = "from clerk_c import _transport_options as o; print(o.certifi_file())"
    command = [sys.executable, "-c", code]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"}
    for made in (False, True):
        if made:
            (package / "cacert.pem").write_text("")
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == repr(os.fsencode(package / "cacert.pem") if made else None)
