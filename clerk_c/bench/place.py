"""Where a contender finds its server and its files, and what all of them send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

KEY = "sk_test_bench"
HEADERS = {"Authorization": f"Bearer {KEY}", "Accept": "application/json"}
THREADS = 8
IN_FLIGHT = 100
ADDRESS = "user.00001@example.com"  # of the user that is fetched
NEW_USER: dict[str, Any] = {
    "external_id": "ext-id-001", "first_name": "John", "last_name": "Doe", "locale": "en",
    "email_address": ["john.doe@example.com"], "phone_number": ["+12345678901"],
    "username": "johndoe123", "password": "Secure*Pass4", "skip_password_checks": False,
    "skip_password_requirement": False, "totp_secret": "base32totpsecretkey",
    "backup_codes": ["123456", "654321"], "public_metadata": {"role": "user"},
    "private_metadata": {"internal_id": "789"},
    "unsafe_metadata": {"preferences": {"theme": "dark"}}, "delete_self_enabled": True,
    "skip_legal_checks": False, "create_organizations_limit": 81560,
    "created_at": "2023-03-15T07:15:20.902Z", "bypass_client_trust": True,
}  # fmt: skip


class Place(NamedTuple):
    """URLs end with /v1; None where the server has no such door."""

    http: str
    tls: str | None  # HTTP/1.1
    h2: str | None
    ca: str | None  # certificates to trust: the system's and the server's
    folder: str

    @classmethod
    def read(cls, text: str) -> Place:
        return cls(**json.loads(text))

    def written(self) -> str:
        return json.dumps(self._asdict())

    def data(self, name: str) -> bytes:
        return Path(self.folder, name).read_bytes()

    def tokens(self) -> dict[str, Any] | None:
        """What bench.tokens made; None where it could not."""
        path = Path(self.folder, "tokens.json")
        return json.loads(path.read_bytes()) if path.exists() else None


def users_file(count: int) -> str:
    return f"users-{count}.json"
