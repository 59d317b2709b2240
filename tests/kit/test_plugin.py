"""The pytest plugin: what its fixtures give, when they begin and end, what slips are told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

Passed = Callable[[str], int]

FIXTURES = '''
import asyncio, os
import pytest
from clerk_c import AuthenticateRequestOptions, Clerk, models
from clerk_c.security import authenticate_request, verify_token, VerifyTokenOptions

seen = []

@pytest.fixture(scope="session")
def clerk_server_options():
    return {"seed": 5, "keep_requests": 10}

@pytest.mark.parametrize("turn", range(3))
def test_each_test_begins_with_an_empty_server(clerk_server, clerk_client, clerk_faults, turn):
    assert clerk_client.users.count().total_count == 0
    assert len(clerk_server.requests) == 1 and clerk_faults.pending == []
    user = clerk_client.users.create(username="ada_lovelace")
    seen.append((user.id, clerk_server.url))
    assert seen[0] == seen[-1]  # one server, and ids by its seed
    clerk_faults.unavailable(times=None)
    clerk_server.clock.advance(10_000)

def test_the_session_keeps_what_it_has(clerk_session_server, clerk_server, clerk_client):
    assert clerk_session_server is clerk_server
    assert clerk_client.users.count().total_count == 0

def test_the_client_speaks_both_ways(clerk_client):
    clerk_client.users.create(username="ada_lovelace")
    async def count():
        return (await clerk_client.users.count_async()).total_count
    assert asyncio.run(count()) == 1

@pytest.mark.clerk_fault("answer", 418, path="/users/count")
@pytest.mark.clerk_fault("answer", 502, times=2, path="/users/count")
def test_marks_happen_in_their_order(clerk_client):
    found = []
    for _ in range(3):
        with pytest.raises(models.SDKError) as caught:
            clerk_client.users.count()
        found.append(caught.value.status_code)
    assert found == [418, 502, 502]
    assert clerk_client.users.count().total_count == 0

def test_environment(clerk_environment, clerk_server, clerk_tokens, clerk_webhooks):
    assert os.environ["CLERK_SECRET_KEY"] == clerk_server.secret_key
    assert os.environ["CLERK_WEBHOOK_SIGNING_SECRET"] == clerk_webhooks.secret
    assert "CLERK_JWT_KEY" not in os.environ
    with Clerk(bearer_auth=os.environ["CLERK_SECRET_KEY"]) as clerk:
        assert clerk.users.count().total_count == 0
        assert clerk.replace(timeout_ms=900).users.count().total_count == 0
        clerk.sdk_configuration.server_url = None
        assert clerk.users.count().total_count == 0
    options = AuthenticateRequestOptions(secret_key=clerk_server.secret_key)
    assert authenticate_request(clerk_tokens.headers(), options).is_signed_in
    plain = VerifyTokenOptions(secret_key=clerk_server.secret_key)
    assert verify_token(clerk_tokens.session("user_1"), plain)["sub"] == "user_1"
    assert verify_token(clerk_tokens.machine(), plain)["object"] == "machine_to_machine_token"

def test_afterwards_all_is_as_before():
    assert os.environ["CLERK_SECRET_KEY"] == "sk_test_of_the_developer"
    assert os.environ["CLERK_JWT_KEY"] == "a key of the developer"
    from clerk_c import sdk, sdkconfiguration
    from clerk_c.security._http import api_root
    from clerk_c.security.jwks import api_root as used
    assert sdk.SERVERS == sdkconfiguration.SERVERS == ("https://api.clerk.com/v1",)
    assert api_root is used

def test_clock(clerk_clock, clerk_server, clerk_tokens):
    options = AuthenticateRequestOptions(
        secret_key=clerk_server.secret_key, api_url=clerk_server.origin
    )
    headers = clerk_tokens.headers()
    assert authenticate_request(headers, options).is_signed_in
    clerk_clock.advance(100)
    assert not authenticate_request(headers, options).is_signed_in

@pytest.mark.usefixtures("clerk_environment")
def test_keys_that_could_not_be_fetched(clerk_server, clerk_tokens, clerk_faults):
    options = AuthenticateRequestOptions(secret_key=clerk_server.secret_key)
    clerk_faults.unavailable(path="/jwks", times=None)
    state = authenticate_request(clerk_tokens.headers(), options)
    assert state.reason.value[0] == "jwk-failed-to-load"

def test_they_are_fetched_in_the_next_test(clerk_server, clerk_tokens, clerk_environment):
    options = AuthenticateRequestOptions(secret_key=clerk_server.secret_key)
    assert authenticate_request(clerk_tokens.headers(), options).is_signed_in
'''

REFERENCE = """
import os
import pytest
from clerk_backend_api import Clerk
from clerk_backend_api.security import AuthenticateRequestOptions, authenticate_request
import httpx

KEY = os.environ["CLERK_SECRET_KEY"]
clerk = Clerk(bearer_auth=KEY)  # made at import

def test_reaches_the_stand_in(clerk_server, clerk_client):
    assert KEY == clerk_server.secret_key
    clerk_client.users.create(username="ada_lovelace")
    with Clerk(bearer_auth=KEY) as fresh:
        assert fresh.users.count().total_count == 1

def test_authentication(clerk_tokens):
    request = httpx.Request("GET", "http://app", headers=clerk_tokens.headers())
    options = AuthenticateRequestOptions(secret_key=KEY)
    assert authenticate_request(request, options).is_signed_in

def test_the_environment_is_there(clerk_environment, clerk_server):
    assert os.environ["CLERK_API_URL"] == clerk_server.origin
"""

SLIPS = """
import pytest

@pytest.mark.clerk_fault("explode")
def test_unknown_fault(clerk_server): pass

@pytest.mark.clerk_fault("reset", path="/user")
def test_unknown_path(clerk_client): pass

@pytest.mark.clerk_fault()
def test_no_fault(clerk_faults): pass
"""


def test_fixtures(run: Any, passed: Passed) -> None:
    variables = {
        "CLERK_SECRET_KEY": "sk_test_of_the_developer",
        "CLERK_JWT_KEY": "a key of the developer",
        "http_proxy": "http://127.0.0.1:9",
        "NO_PROXY": "example.com",
    }
    code, output = run({"test_it.py": FIXTURES}, "-W", "error", "--strict-markers", **variables)
    assert (code, passed(output)) == (0, 11), output


def test_processes_have_servers_of_their_own(run: Any, passed: Passed) -> None:
    pytest.importorskip("xdist")
    text = (
        "import pytest\n\n@pytest.mark.parametrize('n', range(8))\n"
        "def test_it(n, clerk_client):\n"
        "    clerk_client.users.create(username='ada_lovelace')\n"
        "    assert clerk_client.users.count().total_count == 1\n"
    )
    code, output = run({"test_it.py": text}, "-p", "xdist", "-n", "2", "-W", "error")
    assert (code, passed(output)) == (0, 8), output


def test_always(run: Any, passed: Passed) -> None:
    pytest.importorskip("clerk_backend_api")
    ini = "[pytest]\nclerk_environment = always\n"
    code, output = run({"test_it.py": REFERENCE, "pytest.ini": ini})
    assert (code, passed(output)) == (0, 3), output


def test_slips(run: Any) -> None:
    code, output = run({"test_it.py": SLIPS})
    assert code == 1
    assert "3 errors" in output
    assert "clerk_fault: there is no fault 'explode'; there are answer, cut_off" in output
    assert "clerk_fault: path: no operation has '/user'; is /users" in output
    assert "clerk_fault: Faults.inject() missing 1 required positional argument: 'name'" in output


def test_a_setting_that_makes_no_sense(run: Any) -> None:
    code, output = run({"pytest.ini": "[pytest]\nclerk_environment = never\n"})
    assert code == 4
    assert "clerk_environment must be one of fixture, always" in output


PROGRAM = """
import sys
import pytest
before = set(sys.modules)
import clerk_c.testing.plugin
made = {name for name in set(sys.modules) - before if not name.startswith("clerk_c")}
assert not made, made
assert not {n for n in sys.modules if n.startswith("clerk_c.testing.")} - {"clerk_c.testing.plugin"}
"""


def test_it_costs_nothing_until_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_without_the_extra(run: Any) -> None:
    files = {
        "conftest.py": "import sys\nsys.modules['uvicorn'] = None\n",
        "test_it.py": "def test_it(clerk_client): pass\n",
    }
    code, output = run(files)
    assert code == 1
    assert 'clerk_c.testing needs uvicorn: pip install "clerk_c[testing]"' in output
