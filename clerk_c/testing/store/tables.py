"""The tables of the store. Moments are milliseconds; JSON is text; flags are 0 or 1."""

from __future__ import annotations

VERSION = 2

_USERS = """
CREATE TABLE users (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    external_id TEXT UNIQUE,
    username TEXT UNIQUE COLLATE NOCASE,
    first_name TEXT,
    last_name TEXT,
    locale TEXT,
    primary_email_address_id TEXT,
    primary_phone_number_id TEXT,
    primary_web3_wallet_id TEXT,
    image_id TEXT,
    public_metadata TEXT NOT NULL DEFAULT '{}',
    private_metadata TEXT NOT NULL DEFAULT '{}',
    unsafe_metadata TEXT NOT NULL DEFAULT '{}',
    password_digest TEXT,
    password_hasher TEXT,
    password_last_updated_at INTEGER,
    password_compromised INTEGER NOT NULL DEFAULT 0,
    totp_secret TEXT,
    mfa_enabled_at INTEGER,
    mfa_disabled_at INTEGER,
    banned INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER,
    last_sign_in_at INTEGER,
    last_active_at INTEGER,
    legal_accepted_at INTEGER,
    delete_self_enabled INTEGER NOT NULL DEFAULT 1,
    create_organization_enabled INTEGER NOT NULL DEFAULT 1,
    create_organizations_limit INTEGER,
    bypass_client_trust INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
)"""

# E-mail addresses, phone numbers, web3 wallets and passkeys. `claimed` is set while an
# identifier is verified or reserved: then no other user may have it.
_IDENTIFICATIONS = """
CREATE TABLE identifications (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    identifier TEXT NOT NULL,
    canonical TEXT NOT NULL,
    claimed INTEGER NOT NULL DEFAULT 0,
    verified INTEGER NOT NULL DEFAULT 0,
    reserved INTEGER NOT NULL DEFAULT 0,
    verification TEXT,
    second_factor INTEGER NOT NULL DEFAULT 0,
    default_second_factor INTEGER NOT NULL DEFAULT 0,
    last_used_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (user_id, kind, canonical)
)"""

_VERIFICATIONS = """
CREATE TABLE verifications (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    identification_id TEXT NOT NULL REFERENCES identifications (id) ON DELETE CASCADE,
    strategy TEXT NOT NULL,
    code TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    expire_at INTEGER NOT NULL
)"""

_BACKUP_CODES = """
CREATE TABLE backup_codes (
    seq INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest TEXT NOT NULL
)"""

_EXTERNAL_ACCOUNTS = """
CREATE TABLE external_accounts (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    identification_id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    provider_user_id TEXT NOT NULL,
    email_address TEXT NOT NULL DEFAULT '',
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    username TEXT,
    scopes TEXT NOT NULL DEFAULT '',
    label TEXT,
    public_metadata TEXT NOT NULL DEFAULT '{}',
    token TEXT,
    token_expires_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (provider, provider_user_id)
)"""

_TRUSTED_DEVICES = """
CREATE TABLE trusted_devices (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    platform TEXT NOT NULL,
    app_identifier TEXT NOT NULL,
    status TEXT NOT NULL,
    name TEXT,
    last_used_at INTEGER,
    revoked_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
)"""

# Organizations, their roles, keys, tokens: whatever needs no columns of its own. What a record
# belongs to, a user or another record, takes it along.
_RECORDS = """
CREATE TABLE records (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    parent_id TEXT REFERENCES records (id) ON DELETE CASCADE,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    data TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
)"""

# Of a user, or of a record such as an organization.
_IMAGES = """
CREATE TABLE images (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    record_id TEXT REFERENCES records (id) ON DELETE CASCADE,
    content_type TEXT NOT NULL,
    content BLOB NOT NULL,
    created_at INTEGER NOT NULL
)"""

_CREDITS = """
CREATE TABLE credits (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    payer_id TEXT NOT NULL,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    record_id TEXT REFERENCES records (id) ON DELETE CASCADE,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    note TEXT,
    idempotency_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (payer_id, idempotency_key)
)"""

_CLIENTS = """
CREATE TABLE clients (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    sign_in_id TEXT,
    sign_up_id TEXT,
    last_active_session_id TEXT,
    last_authentication_strategy TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
)"""

_SESSIONS = """
CREATE TABLE sessions (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    actor TEXT,
    last_active_organization_id TEXT,
    last_active_at INTEGER NOT NULL,
    expire_at INTEGER NOT NULL,
    abandon_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
)"""

_INVITATIONS = """
CREATE TABLE invitations (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    email_address TEXT NOT NULL,
    canonical TEXT NOT NULL,
    public_metadata TEXT NOT NULL,
    status TEXT NOT NULL,
    redirect_url TEXT,
    template_slug TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
)"""

# What Clerk would have sent: nothing leaves the machine, a test reads it here.
_MESSAGES = """
CREATE TABLE messages (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    slug TEXT NOT NULL,
    recipient TEXT NOT NULL,
    data TEXT NOT NULL,
    created_at INTEGER NOT NULL
)"""

_SETTINGS = "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)"

_INDEXES = (
    "CREATE UNIQUE INDEX identification_claims ON identifications (kind, canonical)"
    " WHERE claimed = 1",
    "CREATE INDEX identification_owners ON identifications (user_id)",
    "CREATE INDEX verification_targets ON verifications (identification_id)",
    "CREATE INDEX backup_code_owners ON backup_codes (user_id)",
    "CREATE INDEX external_account_owners ON external_accounts (user_id)",
    "CREATE INDEX trusted_device_owners ON trusted_devices (user_id)",
    "CREATE INDEX record_kinds ON records (kind, parent_id)",
    "CREATE INDEX record_parents ON records (parent_id)",
    "CREATE INDEX record_owners ON records (user_id)",
    "CREATE INDEX image_owners ON images (user_id)",
    "CREATE INDEX image_records ON images (record_id)",
    "CREATE INDEX credit_owners ON credits (user_id)",
    "CREATE INDEX credit_records ON credits (record_id)",
    "CREATE INDEX session_clients ON sessions (client_id)",
    "CREATE INDEX session_owners ON sessions (user_id)",
    "CREATE INDEX invitation_addresses ON invitations (canonical)",
    "CREATE INDEX user_creation ON users (created_at, seq)",
)

TABLES = (
    _USERS,
    _RECORDS,
    _IDENTIFICATIONS,
    _VERIFICATIONS,
    _BACKUP_CODES,
    _EXTERNAL_ACCOUNTS,
    _TRUSTED_DEVICES,
    _IMAGES,
    _CREDITS,
    _CLIENTS,
    _SESSIONS,
    _INVITATIONS,
    _MESSAGES,
    _SETTINGS,
    *_INDEXES,
)

# All but the settings; deleting a user or a client takes along what belongs to it.
DATA_TABLES = ("users", "records", "clients", "invitations", "messages")
