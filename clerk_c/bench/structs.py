"""The user of the benchmark for msgspec: what somebody would write who knows the answers."""

from __future__ import annotations

from typing import Any

import msgspec


class Verification(msgspec.Struct):
    object: str
    status: str
    strategy: str
    attempts: int | None = None
    expire_at: int | None = None


class EmailAddress(msgspec.Struct):
    id: str
    object: str
    email_address: str
    reserved: bool
    verification: Verification | None
    linked_to: list[Any]
    matches_sso_connection: bool
    created_at: int
    updated_at: int


class PhoneNumber(msgspec.Struct):
    id: str
    object: str
    phone_number: str
    reserved_for_second_factor: bool
    default_second_factor: bool
    reserved: bool
    verification: Verification | None
    linked_to: list[Any]
    backup_codes: list[str] | None
    created_at: int
    updated_at: int


class ExternalAccount(msgspec.Struct):
    object: str
    id: str
    provider: str
    identification_id: str
    provider_user_id: str
    approved_scopes: str
    email_address: str
    first_name: str
    last_name: str
    image_url: str | None
    username: str | None
    public_metadata: dict[str, Any]
    label: str | None
    created_at: int
    updated_at: int
    verification: Verification | None


class User(msgspec.Struct):
    id: str
    object: str
    username: str | None
    first_name: str | None
    last_name: str | None
    locale: str | None
    image_url: str
    has_image: bool
    primary_email_address_id: str | None
    primary_phone_number_id: str | None
    primary_web3_wallet_id: str | None
    password_enabled: bool
    two_factor_enabled: bool
    totp_enabled: bool
    backup_code_enabled: bool
    email_addresses: list[EmailAddress]
    phone_numbers: list[PhoneNumber]
    web3_wallets: list[Any]
    passkeys: list[Any]
    external_accounts: list[ExternalAccount]
    saml_accounts: list[Any]
    enterprise_accounts: list[Any]
    password_last_updated_at: int | None
    public_metadata: dict[str, Any]
    private_metadata: dict[str, Any] | None
    unsafe_metadata: dict[str, Any]
    external_id: str | None
    last_sign_in_at: int | None
    banned: bool
    locked: bool
    lockout_expires_in_seconds: int | None
    verification_attempts_remaining: int | None
    created_at: int
    updated_at: int
    delete_self_enabled: bool
    create_organization_enabled: bool
    last_active_at: int | None
    mfa_enabled_at: int | None
    mfa_disabled_at: int | None
    legal_accepted_at: int | None
    profile_image_url: str
