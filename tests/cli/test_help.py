"""The help at each level, the names of operations, and what it takes to start."""

from __future__ import annotations

import subprocess
import sys

import pytest
from commanding import Cli, all_operations

from clerk_c.cli import catalogue
from clerk_c.cli.commands import COMMANDS, HIDDEN
from clerk_c.cli.options import BY_NAME

OPERATIONS = all_operations()

# What is asked about before it is done. A new operation of this kind belongs here.
DESTRUCTIVE = """
actor_tokens.revoke admin_portal_link_tokens.revoke_admin_portal_link_token agent_tasks.revoke
allowlist_identifiers.delete api_keys.delete_api_key api_keys.revoke_api_key
billing.cancel_subscription_item blocklist_identifiers.delete domains.delete
email_addresses.delete email_addresses.replace_for_user email_sms_templates.revert
enterprise_connections.delete instance_settings.change_domain invitations.revoke
jwt_templates.delete m2m.revoke_token machines.delete machines.delete_scope
machines.rotate_secret_key oauth_applications.delete oauth_applications.revoke_token
oauth_applications.rotate_secret organization_domains.delete organization_invitations.revoke
organization_memberships.delete organization_permissions.delete organization_roles.delete
organization_roles.remove_permission organizations.delete organizations.delete_logo
organizations.replace_metadata phone_numbers.delete phone_numbers.replace_for_user
redirect_urls.delete role_sets.replace role_sets.replace_role saml_connections.delete
scim_directories.delete scim_directories.delete_group_role_mapping
scim_directories.replace_group_role_mappings scim_directories.rotate_api_key sessions.revoke
sign_in_tokens.revoke users.ban users.bulk_ban users.delete users.delete_backup_codes
users.delete_external_account users.delete_passkey users.delete_profile_image users.delete_totp
users.delete_web3_wallet users.disable_mfa users.lock users.remove_password users.replace_metadata
users.revoke_trusted_device waitlist_entries.delete waitlist_entries.reject
webhooks.delete_svix_app
"""


def test_help_of_every_operation(cli: Cli) -> None:
    for operation in OPERATIONS:
        done = cli(*operation.words.split(), "--help")
        assert (done.status, done.err) == (0, ""), operation.words
        assert f"{operation.method} {operation.path}\n" in done.out
        words = {*done.out.replace(",", " ").replace("--[no-]", "--").split()}
        flags = {f"--{parameter.flag}" for parameter in operation.parameters}
        assert flags <= words, operation.words
        assert {f"--{name}" for name in BY_NAME} <= words
        assert ("Asks before" in done.out) is operation.is_destructive
        for line in done.out.splitlines()[2:]:  # without the usage
            assert len(line) <= 78 or " " not in line.strip(), line


def test_flags_are_told_apart() -> None:
    """No two parameters share a flag, and none takes that of another one's opposite or of ours."""
    for operation in OPERATIONS:
        flags = [parameter.flag for parameter in operation.parameters]
        flags += [f"no-{p.flag}" for p in operation.parameters if p.type[0] == "bool"]
        assert len({*flags, *BY_NAME}) == len(flags) + len(BY_NAME), operation.words
        bare = [catalogue.bare(parameter.name) for parameter in operation.parameters]
        assert len({*bare}) == len(bare), operation.words


def test_a_parameter_with_the_name_of_an_option(cli: Cli) -> None:
    assert "--param-body TEXT" in cli("templates", "preview", "--help").out


def test_help_of_every_group(cli: Cli) -> None:
    seen = 0
    for group in catalogue.groups():
        done = cli(catalogue.kebab(group), "--help")
        assert done.status == 0
        for line in done.out.splitlines()[2:]:  # without the usage
            assert len(line) <= 78 or line.count(" /") == 1, line  # or nothing but a path
        for operation in OPERATIONS:
            if operation.group == group:
                seen += 1
                assert f" {operation.method} {operation.path}" in done.out
                assert operation.words.split()[1] in done.out
    assert seen == 237


def test_help_of_all(cli: Cli) -> None:
    done = cli("--help")
    assert done.status == 0
    words = {*done.out.replace(",", " ").split()}
    assert {catalogue.kebab(group) for group in catalogue.groups()} <= words
    assert {*COMMANDS} - words == {HIDDEN}
    assert cli("-h").out == done.out


def test_nothing_to_do_is_a_mistake(cli: Cli) -> None:
    for words in ((), ("users",), ("--json",), ("users", "--limit", "5")):
        done = cli(*words)
        assert (done.status, done.out) == (2, "")
        assert "Usage" in done.err or "comes after" in done.err


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("user get", "users.get"),
        ("user-s get", "users.get"),
        ("email_addresses create", "email_addresses.create"),
        ("waitlist-entry list", "waitlist_entries.list"),
        ("api-keys create", "api_keys.create_api_key"),
        ("api-keys get", "api_keys.get_api_key"),
        ("api-keys list", "api_keys.get_api_keys"),
        ("api-keys get-secret", "api_keys.get_api_key_secret"),
        ("jwks get", "jwks.get_jwks"),
        ("users get-oauth-access-token", "users.get_o_auth_access_token"),
        ("users get_o_auth_access_token", "users.get_o_auth_access_token"),
        ("admin-portal-link-tokens revoke",
         "admin_portal_link_tokens.revoke_admin_portal_link_token"),
    ],
)  # fmt: skip
def test_other_names(words: str, name: str) -> None:
    group, operation = words.split()
    found = catalogue.find_group(group)
    assert found is not None
    assert f"{found}.{catalogue.find_operation(found, operation).name}" == name


def test_no_other_name_hides_an_operation() -> None:
    for group in catalogue.groups():
        names = [*catalogue.operations(group)]
        for alias, name in catalogue.aliases(group, names).items():
            assert alias not in names and name in names
    assert len({*map(catalogue.bare, catalogue.groups())}) == len(catalogue.groups())


def test_what_is_asked_about() -> None:
    found = {f"{op.group}.{op.name}" for op in OPERATIONS if op.is_destructive}
    assert found >= {f"{op.group}.{op.name}" for op in OPERATIONS if op.method == "DELETE"}
    assert sorted(found) == DESTRUCTIVE.split()


def modules_of(*words: str) -> set[str]:
    """What a command imports."""
    code = (
        "import sys; from clerk_c.cli import main; status = main(sys.argv[1:]);"
        "print(*sys.modules, file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-X", "frozen_modules=on", "-S", "-c",
         f"import sys; sys.path.insert(0, {str(_root())!r}); {code}", *words],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {*done.stderr.split()}


def _root() -> str:
    import clerk_c

    return clerk_c.__path__[0].rpartition("/")[0]


@pytest.mark.parametrize("words", [("--help",), ("users", "--help"), ("complete", "--", "us")])
def test_help_imports_little(words: tuple[str, ...]) -> None:
    """Nothing that takes long: that is how the answer comes within 60 ms."""
    found = modules_of(*words)
    slow = {"argparse", "asyncio", "json", "typing", "re", "inspect", "threading", "socket"}
    assert not found & slow
    assert not {name for name in found if name.startswith(("clerk_c.models", "clerk_c._net"))}


def test_commands_and_groups_are_told_apart() -> None:
    assert not {*COMMANDS} & {*map(catalogue.kebab, catalogue.groups())}


@pytest.mark.parametrize("name", ["bench", "server"])
def test_other_commands_take_words(
    name: str, cli: Cli, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli(name, "--help")
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out


@pytest.mark.parametrize("words", [(), ("users",), ("users", "create"), ("doctor",)])
def test_help_as_a_word(cli: Cli, words: tuple[str, ...]) -> None:
    done = cli("help", *words)
    assert done.status == 0
    assert done == cli(*words, "--help")
