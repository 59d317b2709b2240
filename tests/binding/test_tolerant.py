"""Reading answers that are not quite what is documented."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from clerk_c import Clerk, ValidationError, _core, models
from clerk_c._drift import Drift
from clerk_c.testing import Server
from clerk_c.types import UnrecognizedInt, UnrecognizedStr


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture(scope="module")
def user(server: Server) -> dict[str, Any]:
    """A user as the server sends it."""
    with Clerk(server.secret_key, server_url=server.url) as clerk:
        made = clerk.users.create(
            email_address=["drift@example.com"], skip_password_requirement=True
        )
        return made.model_dump(mode="json")


def read(clerk_options: dict[str, Any], answer: object) -> tuple[Any, Clerk]:
    """What users.list() makes of an answer."""
    import http.server
    import threading

    body = json.dumps(answer).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    httpd = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.handle_request)
    thread.start()
    url = f"http://127.0.0.1:{httpd.server_address[1]}/v1"
    try:
        with Clerk("sk_test_x", server_url=url, **clerk_options) as clerk:
            users = clerk.users.list()
            for user in users:  # elements are looked at when they are first touched
                getattr(user, "id", None)
            return users, clerk
    finally:
        thread.join()
        httpd.server_close()


STRICT = {"response_validation": "strict"}


def test_an_answer_that_fits_leaves_no_trace(user: dict[str, Any]) -> None:
    users, clerk = read({}, [user])
    assert users[0].model_dump(mode="json") == user
    assert len(clerk.drift) == 0
    assert list(clerk.drift) == []


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("object", "martian", UnrecognizedStr("martian")),
        ("object", 7, UnrecognizedInt(7)),
        ("created_at", "soon", "soon"),
        ("first_name", ["a"], ["a"]),
        ("banned", {"by": "us"}, {"by": "us"}),
        ("email_addresses", "none", "none"),
        ("email_addresses", {"0": 1}, {"0": 1}),
        ("public_metadata", 5, 5),
    ],
)
def test_one_value_that_does_not_fit(
    user: dict[str, Any], field: str, value: object, expected: object
) -> None:
    users, clerk = read({}, [{**user, field: value}, user])
    assert getattr(users[0], field) == expected
    assert type(getattr(users[0], field)) is type(expected)
    assert users[0].id == users[1].id == user["id"]
    (difference,) = clerk.drift
    assert (difference.operation, difference.where) == ("Users.list", f"[].{field}")
    assert (difference.came, difference.count) == (type(value).__name__, 1)
    with pytest.raises(models.ResponseValidationError, match=field):
        read(STRICT, [{**user, field: value}])


def test_a_missing_field_is_none(user: dict[str, Any]) -> None:
    without = {key: value for key, value in user.items() if key != "username"}
    users, clerk = read({}, [without, without])
    assert users[0].username is None
    assert "username" not in users[0].model_fields_set
    (difference,) = clerk.drift
    assert (difference.where, difference.came, difference.count) == ("[].username", "nothing", 2)
    assert "Users.list: [].username: Field required" in repr(difference)
    with pytest.raises(models.ResponseValidationError, match="username"):
        read(STRICT, [without])


def test_an_unknown_variant_of_a_union_stays_a_dict(user: dict[str, Any]) -> None:
    odd = {"object": "verification_telepathy", "status": "sensed"}
    email = {**user["email_addresses"][0], "verification": odd}
    users, clerk = read({}, [{**user, "email_addresses": [email]}])
    assert users[0].email_addresses[0].verification == odd
    assert users[0].email_addresses[0].email_address == "drift@example.com"
    assert [d.where for d in clerk.drift] == ["[].email_addresses[].verification"]
    with pytest.raises(models.ResponseValidationError):
        read(STRICT, [{**user, "email_addresses": [email]}])


def test_an_element_of_another_kind_hides_no_neighbour(user: dict[str, Any]) -> None:
    users, clerk = read({}, [user, 7, None, user])
    assert users[1:3] == [7, None]
    assert users[0] == users[3]
    assert {d.where for d in clerk.drift} == {"[]"}


def test_unknown_members_are_extras(user: dict[str, Any]) -> None:
    users, clerk = read({}, [{**user, "brand_new": [1]}])
    assert users[0].model_extra == {"brand_new": [1]}
    assert "brand_new" not in users[0].model_dump()
    assert len(clerk.drift) == 0
    users, _ = read(STRICT, [{**user, "brand_new": [1]}])
    assert users[0].model_extra is None


@pytest.mark.parametrize("answer", [{}, "x", 1, None, True])
def test_another_kind_of_answer_is_an_error_all_the_same(answer: object) -> None:
    for options in ({}, STRICT):
        with pytest.raises(models.ResponseValidationError):
            read(options, answer)


def test_dump_and_repr_show_what_came(user: dict[str, Any]) -> None:
    users, _ = read({}, [{**user, "object": "martian", "created_at": "soon"}])
    dumped = users[0].model_dump(mode="json")
    assert (dumped["object"], dumped["created_at"]) == ("martian", "soon")
    assert "object='martian'" in repr(users[0])


def test_it_is_logged_once_without_values(
    user: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "clerk_c")
    read({}, [{**user, "first_name": 5}, {**user, "first_name": 6}])
    (record,) = [r for r in caplog.records if r.name == "clerk_c"]
    assert "[].first_name" in record.getMessage()
    assert user["id"] not in record.getMessage()


def test_the_mode(monkeypatch: pytest.MonkeyPatch, user: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="response_validation must be 'tolerant' or 'strict'"):
        Clerk("sk_test_x", response_validation="lenient")
    monkeypatch.setenv("CLERK_C_RESPONSE_VALIDATION", "strict")
    with pytest.raises(models.ResponseValidationError):
        read({}, [{**user, "object": "martian"}])
    users, _ = read({"response_validation": "tolerant"}, [{**user, "object": "martian"}])
    assert users[0].object == "martian"
    monkeypatch.setenv("CLERK_C_RESPONSE_VALIDATION", "maybe")
    with pytest.raises(ValueError, match="CLERK_C_RESPONSE_VALIDATION"):
        Clerk("sk_test_x")


def test_drift_is_bounded_and_can_be_cleared(user: dict[str, Any]) -> None:
    _, clerk = read({}, [user])
    clerk.drift.record("Op.x", [("missing", (f"f{i}",), "Field required", {}) for i in range(3000)])
    assert len(clerk.drift) == 1000
    clerk.drift.clear()
    assert len(clerk.drift) == 0


def test_what_the_program_passes_is_checked_strictly() -> None:
    with pytest.raises(ValueError, match="first_name"):
        models.UpdateUserRequestBody(first_name=5)


def test_reading_a_text_of_ones_own_tolerantly() -> None:
    """As webhooks are read: `_core.read_json` with a Drift."""
    drift = Drift()
    user = _core.read_json("User", '{"id": 5, "first_name": "Ada"}', drift)
    assert (user.id, user.first_name) == (5, "Ada")
    assert {difference.where for difference in drift} > {"id", "object"}
    for strict in ((), (None,)):
        with pytest.raises(ValidationError):
            _core.read_json("User", '{"id": 5}', *strict)
    for text in ("[]", "5", "{", ""):
        with pytest.raises(ValueError, match=r"User|Invalid JSON"):
            _core.read_json("User", text, drift)
