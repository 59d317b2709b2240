"""TLS on loopback: whose certificates are trusted, and whose are not."""

from __future__ import annotations

import os
import ssl
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority
from faces import Face
from faults import SECRET, shown
from tls import client, context, serve

from clerk_c import exceptions, models

DAY = timedelta(days=1)


def test_trusted(kind: str, loopback: Any, good: ssl.SSLContext, authority: Authority) -> None:
    url = serve(loopback, good)
    with client(url, ca_file=authority.file) as clerk:
        for _ in range(3):
            assert Face(clerk, kind).get("user_1").id == "user_1"
    assert SECRET.encode() in loopback.requests[0]
    assert loopback.connections == 1


BAD = {
    "expired": ("expired", {"after": -9 * DAY, "until": timedelta(0)}, "expired"),
    "not yet valid": ("early", {"after": 9 * DAY, "until": 19 * DAY}, "not yet valid"),
    "self-signed": ("alone", {"self_signed": True}, "self-signed|self signed"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_certificate(kind: str, loopback: Any, authority: Authority, name: str) -> None:
    subject, given, words = BAD[name]
    url = serve(loopback, context(*authority.issue(subject, **given)))  # type: ignore[arg-type]
    with client(url, ca_file=authority.file) as clerk:
        for _ in range(2):
            error = Face(clerk, kind).fails(exceptions.ConnectError, "user_1")
            assert isinstance(error, models.NoResponseError)
            assert any(word in str(error) for word in words.split("|"))
            assert SECRET not in shown(error)
    assert not loopback.requests


def test_wrong_host(kind: str, loopback: Any, authority: Authority) -> None:
    url = serve(loopback, context(*authority.issue("other", "api.example", "127.0.0.2")))
    with client(url, ca_file=authority.file) as clerk:
        error = Face(clerk, kind).fails(exceptions.ConnectError, "user_1")
        assert "127.0.0.1" in str(error)
    assert not loopback.requests


def test_unknown_authority(
    kind: str, loopback: Any, good: ssl.SSLContext, tmp_path: Path
) -> None:
    url = serve(loopback, good)
    with client(url, ca_file=Authority(tmp_path, "Another Authority").file) as clerk:
        error = Face(clerk, kind).fails(exceptions.ConnectError, "user_1")
        assert "local issuer" in str(error)
    with client(url) as clerk:  # this machine's do not know ours, either
        Face(clerk, kind).fails(exceptions.ConnectError, "user_1")
    assert not loopback.requests


def test_authority_of_the_same_name(
    kind: str, loopback: Any, good: ssl.SSLContext, authority: Authority, tmp_path: Path
) -> None:
    """Names are how certificates are found, not how they are trusted."""
    url = serve(loopback, good)
    namesake = Authority(tmp_path)
    assert namesake.name == authority.name
    with client(url, ca_file=namesake.file) as clerk:
        Face(clerk, kind).fails(exceptions.ConnectError, "user_1")
    both = tmp_path / "both.pem"
    both.write_bytes(namesake.file.read_bytes() + authority.file.read_bytes())
    with client(url, ca_file=both) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"


def test_authority_in_the_middle(kind: str, loopback: Any, tmp_path: Path) -> None:
    root, middle = Authority(tmp_path, "Root"), Authority(tmp_path, "Middle")
    url = serve(loopback, context(*middle.issue("chained", signer=root)))
    with client(url, ca_file=root.file) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    with client(url, ca_file=middle.file) as clerk:  # trusted for itself
        assert Face(clerk, kind).get("user_1").id == "user_1"


def test_self_signed_and_trusted(kind: str, loopback: Any, tmp_path: Path) -> None:
    cert, key = Authority(tmp_path).issue("pinned", self_signed=True)
    url = serve(loopback, context(cert, key))
    with client(url, ca_file=cert) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"


def test_among_all_authorities_of_this_machine(
    kind: str, loopback: Any, good: ssl.SSLContext, authority: Authority, tmp_path: Path
) -> None:
    from clerk_c._transport_options import ca_source

    _, file, _ = ca_source()
    if file is None:
        pytest.skip("this machine has no file of CA certificates")
    url = serve(loopback, good)
    bundle = tmp_path / "bundle.pem"
    text = b"# Notes\n" + Path(file).read_bytes() + b"\nOurs:\n" + authority.file.read_bytes()
    bundle.write_bytes(text)
    with client(url, ca_file=bundle) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    bundle.write_bytes(text.replace(b"\n", b"\r\n"))
    with client(url, ca_file=bundle) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"


@pytest.mark.parametrize("text", ["", "nothing of interest\n", "cut"])
def test_file_without_certificates(
    kind: str, loopback: Any, good: ssl.SSLContext, authority: Authority, tmp_path: Path, text: str
) -> None:
    url = serve(loopback, good)
    file = tmp_path / "ca.pem"
    file.write_text(authority.file.read_text()[:200] if text == "cut" else text)
    with client(url, ca_file=file) as clerk:
        error = Face(clerk, kind).fails(exceptions.ConnectError, "user_1")
        assert "ca.pem" in str(error)
        file.write_bytes(authority.file.read_bytes())  # put right: nothing was remembered
        assert Face(clerk, kind).get("user_1").id == "user_1"


def test_file_with_trusted_certificates(
    kind: str, loopback: Any, good: ssl.SSLContext, authority: Authority, tmp_path: Path
) -> None:
    """OpenSSL's own kind of certificate, which says what it is trusted for."""
    file = tmp_path / "trusted.pem"
    for purpose, fine in (("serverAuth", True), ("emailProtection", False)):
        command = ["openssl", "x509", "-in", authority.file, "-trustout", "-addtrust", purpose]
        done = subprocess.run([*command, "-out", file], capture_output=True, check=False)
        if done.returncode != 0:
            pytest.skip("no openssl command")
        url = serve(loopback, good)
        with client(url, ca_file=file) as clerk:
            if fine:
                assert Face(clerk, kind).get("user_1").id == "user_1"
            else:
                Face(clerk, kind).fails(exceptions.ConnectError, "user_1")


def test_directory(
    kind: str, loopback: Any, good: ssl.SSLContext, authority: Authority, tmp_path: Path
) -> None:
    url = serve(loopback, good)
    with client(url, ca_dir=tmp_path) as clerk:
        Face(clerk, kind).fails(exceptions.ConnectError, "user_1")
    command = ["openssl", "x509", "-noout", "-hash", "-in", str(authority.file)]
    try:
        name = subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    except FileNotFoundError:
        pytest.skip("no openssl command")
    (tmp_path / f"{name}.0").write_bytes(authority.file.read_bytes())
    with client(url, ca_dir=tmp_path) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"


def test_environment(
    kind: str,
    loopback: Any,
    good: ssl.SSLContext,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = serve(loopback, good)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with client(url) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with client(url) as clerk:
        error = Face(clerk, kind).fails(exceptions.ConnectError, "user_1")
        assert "/nowhere/ca.pem" in str(error)
    with client(url, ca_file=authority.file) as clerk:  # what the program says comes first
        assert Face(clerk, kind).get("user_1").id == "user_1"


def test_a_file_that_has_changed_is_read_again(
    kind: str, loopback: Any, good: ssl.SSLContext, authority: Authority, tmp_path: Path
) -> None:
    """By new clients: one that has read the old one goes on with it."""
    url = serve(loopback, good)
    file = tmp_path / "ca.pem"
    file.write_bytes(authority.file.read_bytes())
    os.utime(file, (1000, 1000))
    stranger = Authority(tmp_path, "Another Authority").file.read_bytes()
    with client(url, ca_file=file) as before, client(url, ca_file=file) as meanwhile:
        assert Face(before, kind).get("user_1").id == "user_1"
        file.write_bytes(stranger)  # in place
        with client(url, ca_file=file) as after:
            Face(after, kind).fails(exceptions.ConnectError, "user_1")
        Face(meanwhile, kind).fails(exceptions.ConnectError, "user_1")
        new = tmp_path / "new.pem"
        new.write_bytes(authority.file.read_bytes())
        new.replace(file)
        with client(url, ca_file=file) as after:
            assert Face(after, kind).get("user_1").id == "user_1"
        assert Face(before, kind).get("user_1").id == "user_1"


def test_clients_come_and_go(loopback: Any, good: ssl.SSLContext, authority: Authority) -> None:
    """What they share outlives each of them, whatever the order."""
    url = serve(loopback, good)
    clients = [client(url, ca_file=authority.file) for _ in range(4)]
    for clerk in clients:
        assert clerk.users.get(user_id="user_1").id == "user_1"
    while clients:
        clients.pop(0).close()
        for clerk in clients:
            assert clerk.users.get(user_id="user_1").id == "user_1"
    with client(url, ca_file=authority.file) as clerk:
        assert clerk.users.get(user_id="user_1").id == "user_1"
