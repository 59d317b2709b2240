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
        self.certificate = self._of_authority(self, 1)
        self.file = folder / f"{name.replace(' ', '-')}.pem"
        self.file.write_bytes(self.certificate.public_bytes(PEM))

    def _builder(self, name: x509.Name, key: Any, issuer: x509.Name, issuer_key: Any) -> Any:
        public, theirs = key.public_key(), issuer_key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(theirs), critical=False
            )
        )

    def _of_authority(self, issuer: Authority, length: int) -> x509.Certificate:
        certificate: x509.Certificate = (
            self._builder(self.name, self.key, issuer.name, issuer.key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=length), critical=True)
            .not_valid_before(_now() - timedelta(days=1))
            .not_valid_after(_now() + timedelta(days=1))
            .sign(issuer.key, HASH)
        )
        return certificate

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
        subject, issuer = _name(name), _name(name) if self_signed else self.name
        issuer_key = key if self_signed else self.key
        certificate = (
            self._builder(subject, key, issuer, issuer_key)
            .add_extension(_names(hosts or ("127.0.0.1", "localhost")), critical=False)
            .not_valid_before(_now() - timedelta(days=1) + after)
            .not_valid_after(_now() - timedelta(days=1) + until)
            .sign(issuer_key, HASH)
        )
        encryption = (
            serialization.BestAvailableEncryption(password)
            if password
            else serialization.NoEncryption()
        )
        cert_file, key_file = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        chain = certificate.public_bytes(PEM)
        if signer is not None:  # this authority is in the middle: its certificate goes along
            chain += self._of_authority(signer, 0).public_bytes(PEM)
        cert_file.write_bytes(chain)
        key_file.write_bytes(
            key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, encryption)
        )
        return cert_file, key_file
