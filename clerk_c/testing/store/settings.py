"""Settings of the instance: named JSON objects, each with its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clerk_c.testing.store.database import Transaction, dump, load

_DEFAULTS: dict[str, dict[str, Any]] = {
    "instance": {
        "test_mode": True,
        "hibp": True,
        "support_email": None,
        "clerk_js_version": None,
        "development_origin": None,
        "allowed_origins": None,
        "cookieless_dev": False,
        "url_based_session_syncing": True,
        "preferred_sign_in_strategy_when_password_required": "password",
    },
    "restrictions": {
        "allowlist": False,
        "blocklist": False,
        "allowlist_blocklist_disabled_on_sign_in": False,
        "block_email_subaddresses": False,
        "block_disposable_email_domains": False,
    },
    "communication": {"blocked_country_codes": []},
    "oauth_application_settings": {
        "dynamic_oauth_client_registration": False,
        "default_scopes": None,
        "oauth_jwt_access_tokens": False,
        "client_id_metadata_documents_advertised": False,
        "client_id_metadata_documents_only_allow_pre_registered_clients": False,
        "client_id_metadata_documents_block_implicitly_allowed_clients": False,
    },
    "organization_settings": {
        "enabled": False,
        "max_allowed_memberships": 5,
        "max_allowed_roles": 10,
        "max_role_sets_allowed": 1,
        "max_allowed_permissions": 50,
        "max_allowed_domains": 10,
        "creator_role": "org:admin",
        "admin_delete_enabled": True,
        "domains_enabled": False,
        "slug_disabled": False,
        "domains_enrollment_modes": ["manual_invitation"],
        "domains_default_role": "org:member",
        "initial_role_set_key": "role_set:default",
    },
    "protect": {"rules_enabled": False, "specter_enabled": False, "checks_bypassed": False},
}


def get(tx: Transaction, name: str) -> dict[str, Any]:
    row = tx.one("SELECT value FROM settings WHERE name = ?", name)
    kept: dict[str, Any] = load(row["value"]) if row is not None else {}
    return {**_DEFAULTS.get(name, {}), **kept}


def put(tx: Transaction, name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes some members; the others stay as they are."""
    value = {**get(tx, name), **changes}
    tx.run(
        "INSERT INTO settings (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
        dump(value),
    )
    return value
