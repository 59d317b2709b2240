"""User objects as Clerk's Backend API sends them: made by code, the same in every run."""

from __future__ import annotations

import json
import random
from typing import Any

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FIRST_NAMES = ["Ada", "Björn", "Chloé", "Dmitri", "Emi", "Fatima", "George", "Hé", "Inés", "Jun"]
LAST_NAMES = ["Lovelace", "Ångström", "Okafor", "Müller", "Sato", "de la Cruz", "Smith", "Łukasz"]
GOOGLE = "https://www.googleapis.com/auth"
TIERS = ["free", "pro", "enterprise"]
START = 1_700_000_000_000  # ms
YEAR = 31_536_000_000


class Maker:
    """Draws everything from one seeded source."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def identifier(self, prefix: str) -> str:
        return f"{prefix}_2{''.join(self.random.choices(ALPHABET, k=26))}"

    def image_url(self) -> str:
        return f"https://img.clerk.com/{''.join(self.random.choices(ALPHABET, k=80))}"

    def verification(self, strategy: str, **more: Any) -> dict[str, Any]:
        return {
            "object": "verification_otp",
            "status": "verified",
            "strategy": strategy,
            "attempts": 1,
            "expire_at": START + self.random.randrange(YEAR),
            **more,
        }

    def email_address(self, address: str, created: int) -> dict[str, Any]:
        return {
            "id": self.identifier("idn"),
            "object": "email_address",
            "email_address": address,
            "reserved": False,
            "verification": self.verification("email_code"),
            "linked_to": [],
            "matches_sso_connection": False,
            "created_at": created,
            "updated_at": created + self.random.randrange(10_000),
        }

    def phone_number(self, created: int) -> dict[str, Any]:
        return {
            "id": self.identifier("idn"),
            "object": "phone_number",
            "phone_number": f"+1415555{self.random.randrange(10_000):04}",
            "reserved_for_second_factor": False,
            "default_second_factor": False,
            "reserved": False,
            "verification": self.verification("phone_code"),
            "linked_to": [],
            "backup_codes": None,
            "created_at": created,
            "updated_at": created + self.random.randrange(10_000),
        }

    def external_account(self, address: str, names: tuple[str, str], created: int) -> Any:
        return {
            "object": "external_account",
            "id": self.identifier("eac"),
            "provider": "oauth_google",
            "identification_id": self.identifier("idn"),
            "provider_user_id": str(self.random.randrange(10**20, 10**21)),
            "approved_scopes": f"email {GOOGLE}/userinfo.email openid profile",
            "email_address": address,
            "first_name": names[0],
            "last_name": names[1],
            "image_url": self.image_url(),
            "username": None,
            "public_metadata": {},
            "label": None,
            "created_at": created,
            "updated_at": created + self.random.randrange(10_000),
            "verification": self.verification("oauth_google", object="verification_oauth"),
        }

    def metadata(self, number: int) -> dict[str, Any]:
        return {
            "plan": {"tier": TIERS[number % 3], "seats": number % 50 + 1, "trial": number % 7 == 0},
            "roles": ["member", "billing", "admin"][: number % 3 + 1],
            "score": round(self.random.random() * 100, 3),
        }

    def user(self, number: int, *, phone: bool, external: bool) -> dict[str, Any]:
        names = FIRST_NAMES[number % 10], LAST_NAMES[number % 8]
        created = START + number * 1_000_003
        address = f"user.{number:05}@example.com"
        email = self.email_address(address, created)
        phones = [self.phone_number(created)] if phone else []
        return {
            "id": self.identifier("user"),
            "object": "user",
            "username": f"user_{number:05}" if number % 2 else None,
            "first_name": names[0],
            "last_name": names[1],
            "locale": "en-US" if number % 4 else None,
            "image_url": self.image_url(),
            "has_image": external,
            "primary_email_address_id": email["id"],
            "primary_phone_number_id": phones[0]["id"] if phones else None,
            "primary_web3_wallet_id": None,
            "password_enabled": not external,
            "two_factor_enabled": False,
            "totp_enabled": False,
            "backup_code_enabled": False,
            "email_addresses": [email],
            "phone_numbers": phones,
            "web3_wallets": [],
            "passkeys": [],
            "external_accounts": (
                [self.external_account(address, names, created)] if external else []
            ),
            "saml_accounts": [],
            "enterprise_accounts": [],
            "password_last_updated_at": None if external else created,
            "public_metadata": self.metadata(number),
            "private_metadata": {"crm": {"id": f"crm-{number:06}", "stage": number % 5}},
            "unsafe_metadata": {"theme": "dark" if number % 2 else "light"},
            "external_id": f"ext-{number}" if number % 5 == 0 else None,
            "last_sign_in_at": created + self.random.randrange(YEAR),
            "banned": False,
            "locked": False,
            "lockout_expires_in_seconds": None,
            "verification_attempts_remaining": 100,
            "created_at": created,
            "updated_at": created + self.random.randrange(YEAR),
            "delete_self_enabled": True,
            "create_organization_enabled": True,
            "last_active_at": created + self.random.randrange(YEAR),
            "mfa_enabled_at": None,
            "mfa_disabled_at": None,
            "legal_accepted_at": created if number % 3 == 0 else None,
            "profile_image_url": self.image_url(),
        }


def encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def one_user() -> bytes:
    """About 2.8 KB: a user with a phone number and a connected account."""
    return encode(Maker(1).user(1, phone=True, external=True))


def list_of_users(count: int = 500) -> bytes:
    """About 1.09 MB for 500: every second has a phone number, every third an account."""
    maker = Maker(2)
    return encode([maker.user(n, phone=n % 2 == 0, external=n % 3 == 0) for n in range(count)])
