"""Certificates for tests: an authority of our own, and what it signs, well or badly."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM
HASH = hashes.SHA256()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _names(hosts: tuple[str, ...]) -> x509.SubjectAlternativeName:
    names: list[x509.GeneralName] = []
    for host in hosts:
        if host[0].isdigit():
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        else:
            names.append(x509.DNSName(host))
    return x509.SubjectAlternativeName(names)


@cache
def _now() -> datetime:
    return datetime.now(timezone.utc)


class Authority:
    """Signs certificates and writes them, each with its key, into a folder."""

    def __init__(self, folder: Path, name: str = "Test Authority") -> None:
        self.folder = folder
        self.name = _name(name)
        self.key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(self.name, self.key, timedelta(0), timedelta(days=2))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        self.certificate = builder.sign(self.key, HASH)
        self.file = folder / f"{name.replace(' ', '-')}.pem"
        self.file.write_bytes(self.certificate.public_bytes(PEM))

    def _builder(self, name: x509.Name, key: Any, after: timedelta, until: timedelta) -> Any:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_now() - timedelta(days=1) + after)
            .not_valid_after(_now() - timedelta(days=1) + until)
        )

    def issue(
        self,
        name: str,
        *hosts: str,
        after: timedelta = timedelta(0),
        until: timedelta = timedelta(days=2),
        self_signed: bool = False,
        password: bytes | None = None,
        signer: Authority | None = None,
    ) -> tuple[Path, Path]:
        """Files of a certificate and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_name(name), key, after, until)
        if self_signed:
            builder = builder.issuer_name(_name(name))
        builder = builder.add_extension(_names(hosts or ("127.0.0.1", "localhost")), critical=False)
        certificate = builder.sign(key if self_signed else self.key, HASH)
        encryption = (
            serialization.BestAvailableEncryption(password)
            if password
            else serialization.NoEncryption()
        )
        cert_file, key_file = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        chain = certificate.public_bytes(PEM)
        if signer is not None:  # this authority is in the middle: its certificate goes along
            chain += self.signed_by(signer).public_bytes(PEM)
        cert_file.write_bytes(chain)
        key_file.write_bytes(
            key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, encryption)
        )
        return cert_file, key_file

    def signed_by(self, other: Authority) -> x509.Certificate:
        """This authority's certificate as another authority signs it."""
        builder = other._builder(self.name, self.key, timedelta(0), timedelta(days=2))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        certificate: x509.Certificate = builder.sign(other.key, HASH)
        return certificate
