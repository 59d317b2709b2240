"""Users and hostile values for the tests of tables."""

from __future__ import annotations

import random
from typing import Any

from clerk_c import models

CREATED = 1_700_000_000_123  # 2023-11-14 22:13:20.123 UTC

BASE: dict[str, Any] = {
    "id": "user_1", "object": "user", "external_id": None, "primary_email_address_id": "idn_2",
    "primary_phone_number_id": None, "primary_web3_wallet_id": None, "username": None,
    "first_name": "Ada", "last_name": "Lovelace", "has_image": False, "public_metadata": {},
    "phone_numbers": [], "web3_wallets": [], "passkeys": [], "password_enabled": True,
    "two_factor_enabled": False, "totp_enabled": False, "backup_code_enabled": False,
    "mfa_enabled_at": None, "mfa_disabled_at": None, "external_accounts": [],
    "saml_accounts": [], "enterprise_accounts": [], "last_sign_in_at": None, "banned": False,
    "locked": False, "lockout_expires_in_seconds": None, "verification_attempts_remaining": 100,
    "updated_at": CREATED, "created_at": CREATED, "delete_self_enabled": True,
    "create_organization_enabled": True, "last_active_at": None, "legal_accepted_at": None,
    "email_addresses": [],
}  # fmt: skip


def email(id: str, address: str) -> dict[str, Any]:
    return {
        "id": id, "object": "email_address", "email_address": address, "reserved": False,
        "verification": {"object": "verification_admin", "status": "verified",
                         "strategy": "admin", "attempts": None, "expire_at": None},
        "linked_to": [], "matches_sso_connection": False, "created_at": CREATED,
        "updated_at": CREATED,
    }  # fmt: skip


ADDRESSES = [email("idn_1", "old@example.com"), email("idn_2", "ada@example.com")]


def user(**given: Any) -> models.User:
    """Ada, but for what is given."""
    return models.User.model_validate({**BASE, "email_addresses": ADDRESSES, **given})


HOSTILE = [
    "<script>alert(1)</script>", "</td></table><img src=x onerror=alert(1)>", '" onload="x',
    "' onmouseover='x", "&lt;b&gt;", "javascript:alert(1)", "</style><style>*{}", "]]>", "$x$",
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "a\rb", "line\nbreak", "tab\there", "nul\0nul",
    "\x9b31m", "\u202eright to left", "\u2066inside\u2069", "\u2028line", "\ufeffmark",
    "e\u0301", "a" + "\u0301" * 500, "山田太郎", "한국어", "\uff46\uff55\uff4c\uff4c",
    "👩\u200d👩\u200d👧", "❤\ufe0f", "🇩🇪",
    "\u1112\u1161\u11ab", "=1+1", "+cmd|' /C calc'!A0", "-2+3+x", "@SUM(A1)", "\t=1", 'quo"te',
    "com,ma", "semi;colon", " space ", "", "x" * 5000, "\ud800 half", "'", "\\", "%s {0} {x}",
]  # fmt: skip


def mixtures(count: int, seed: int) -> list[str]:
    """Texts put together of hostile pieces, always the same ones."""
    dice = random.Random(seed)
    return ["".join(dice.choices(HOSTILE, k=dice.randint(1, 4))) for _ in range(count)]
