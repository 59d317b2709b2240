"""The instance: its settings, and the domain of a production instance."""

from __future__ import annotations

from typing import Any

from clerk_c.testing import errors, formats, shapes
from clerk_c.testing.call import Call, Reply
from clerk_c.testing.fields import Fields, choice, flag, many, number, text
from clerk_c.testing.store import organizations, sessions, settings

_INSTANCE = {
    "test_mode": flag(),
    "hibp": flag(),
    "support_email": text(formats.email_address, null=True),
    "clerk_js_version": text(null=True),
    "development_origin": text(formats.url, limit=2048, null=True),
    "allowed_origins": many(text(formats.origin, limit=2048)),
    "cookieless_dev": flag(),
    "url_based_session_syncing": flag(),
    "preferred_sign_in_strategy_when_password_required": choice("password", "otp", ""),
}
_RESTRICTIONS = {
    name: flag()
    for name in (
        "allowlist",
        "blocklist",
        "allowlist_blocklist_disabled_on_sign_in",
        "block_email_subaddresses",
        "block_disposable_email_domains",
    )
}
_COMMUNICATION = {"blocked_country_codes": many(text(), limit=500)}
_OAUTH = {
    "dynamic_oauth_client_registration": flag(),
    "default_scopes": many(text(), null=True),
    "oauth_jwt_access_tokens": flag(),
    "client_id_metadata_documents_advertised": flag(),
    "client_id_metadata_documents_only_allow_pre_registered_clients": flag(),
    "client_id_metadata_documents_block_implicitly_allowed_clients": flag(),
}
_ORGANIZATIONS = {
    "enabled": flag(),
    "max_allowed_memberships": number(0, 2**31 - 1),
    "admin_delete_enabled": flag(),
    "domains_enabled": flag(),
    "slug_disabled": flag(),
    "domains_enrollment_modes": many(
        choice("manual_invitation", "automatic_invitation", "automatic_suggestion")
    ),
    "creator_role_id": text(),
    "domains_default_role_id": text(),
}
_PROTECT = {"rules_enabled": flag(), "specter_enabled": flag()}
_DOMAIN = {"home_url": text(formats.url, limit=2048), "is_secondary": flag()}

# ISO 3166-1 alpha-2 codes of countries that short messages can be sent to.
_COUNTRY_CODES = """
AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU
ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG
NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE
SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA
UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
_COUNTRIES = frozenset(_COUNTRY_CODES.split())


def _get(call: Call, name: str, kind: str) -> Any:
    with call.store.read() as tx:
        return shapes.setting(tx, name, kind)


def _patch(call: Call, name: str, kind: str, fields: Fields) -> Any:
    given = call.fields(fields)
    with call.store.write() as tx:
        settings.put(tx, name, given)
        return shapes.setting(tx, name, kind)


def get_instance(call: Call) -> Any:
    with call.store.read() as tx:
        origins = settings.get(tx, "instance")["allowed_origins"]
    return {
        "object": "instance",
        "id": call.store.instance_id,
        "environment_type": call.store.environment,
        "allowed_origins": origins,
    }


def update_instance(call: Call) -> Any:
    _patch(call, "instance", "instance", _INSTANCE)
    return Reply(204)


def update_restrictions(call: Call) -> Any:
    return _patch(call, "restrictions", "instance_restrictions", _RESTRICTIONS)


def get_communication(call: Call) -> Any:
    return _get(call, "communication", "instance_communication")


def update_communication(call: Call) -> Any:
    given = call.fields(_COMMUNICATION)
    with call.store.write() as tx:
        if "blocked_country_codes" in given:
            codes = dict.fromkeys(code.upper() for code in given["blocked_country_codes"])
            known = [code for code in codes if code in _COUNTRIES]
            settings.put(tx, "communication", {"blocked_country_codes": known})
        return shapes.setting(tx, "communication", "instance_communication")


def get_oauth(call: Call) -> Any:
    return _get(call, "oauth_application_settings", "oauth_application_settings")


def update_oauth(call: Call) -> Any:
    name = "oauth_application_settings"
    return _patch(call, name, name, _OAUTH)


def get_organizations(call: Call) -> Any:
    return _get(call, "organization_settings", "organization_settings")


def update_organizations(call: Call) -> Any:
    given = call.fields(_ORGANIZATIONS)
    with call.store.write() as tx:
        for name in ("creator_role", "domains_default_role"):
            if f"{name}_id" in given:
                role_id = given.pop(f"{name}_id")
                given[name] = organizations.by_key(tx, organizations.ROLE, role_id)["key"]
        settings.put(tx, "organization_settings", given)
        return shapes.setting(tx, "organization_settings", "organization_settings")


def get_protect(call: Call) -> Any:
    return _get(call, "protect", "instance_protect")


def update_protect(call: Call) -> Any:
    return _patch(call, "protect", "instance_protect", _PROTECT)


def change_domain(call: Call) -> Any:
    given = call.fields(_DOMAIN, required=["home_url"])
    if call.store.environment != "production":
        text_ = "Only the domain of a production instance can be changed."
        raise errors.ApiError(400, "domain_update_forbidden", "not allowed", text_)
    with call.store.write() as tx:
        settings.put(tx, "domain", given)
        # As documented: nobody stays signed in on another domain.
        sessions.revoke_all(tx)
    return Reply(202)


ROUTES = (
    ("GET", "/instance", get_instance),
    ("PATCH", "/instance", update_instance),
    ("PATCH", "/instance/restrictions", update_restrictions),
    ("GET", "/instance/communication", get_communication),
    ("PATCH", "/instance/communication", update_communication),
    ("GET", "/instance/oauth_application_settings", get_oauth),
    ("PATCH", "/instance/oauth_application_settings", update_oauth),
    ("GET", "/instance/organization_settings", get_organizations),
    ("PATCH", "/instance/organization_settings", update_organizations),
    ("GET", "/instance/protect", get_protect),
    ("PATCH", "/instance/protect", update_protect),
    ("POST", "/instance/change_domain", change_domain),
)
