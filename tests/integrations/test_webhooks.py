"""Webhooks: signatures, freshness, headers of any shape, and what the events hold."""

from __future__ import annotations

import base64
import copy
import hmac
import json
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from clerk_c import WebhookVerificationError, models, verify_webhook, webhook_events
from clerk_c.testing import sign_webhook

# Svix's published example.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SECONDS = 1614265330
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
HEADERS = {"svix-id": ID, "svix-timestamp": str(SECONDS), "svix-signature": SIGNATURE}
NOW = SECONDS * 1000
OTHER = "whsec_" + base64.b64encode(b"another secret, of 24 by").decode()
EVENT = {"type": "thing.done", "object": "event", "data": {"id": "thing_1"}}


def reason(*args: Any, **options: Any) -> str:
    with pytest.raises(WebhookVerificationError) as caught:
        verify_webhook(*args, **options)
    assert "whsec" not in str(caught.value) and SECRET[6:] not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value.reason


def test_published_example() -> None:
    """Its signature is right, and its body is no event of Clerk."""
    signed = sign_webhook(BODY, SECRET, id=ID, now=NOW)
    assert signed.body == BODY
    assert signed.headers == {**HEADERS, "content-type": "application/json"}
    assert reason(BODY, HEADERS, SECRET, now=NOW) == "body-invalid"
    wrong = {**HEADERS, "svix-signature": SIGNATURE.replace("g0", "h0")}
    assert reason(BODY, wrong, SECRET, now=NOW) == "signature-invalid"


def test_text_that_is_no_text() -> None:
    body, headers = sign_webhook(EVENT, SECRET, now=NOW)
    assert reason(body.decode() + "\ud800", headers, SECRET, now=NOW) == "signature-invalid"
    for name in HEADERS:
        odd = {**headers, name: headers[name] + "\ud800"}
        expected = "timestamp-invalid" if name == "svix-timestamp" else "signature-invalid"
        assert reason(body, odd, SECRET, now=NOW) == expected
    with pytest.raises(ValueError, match="secret: it is too long"):
        verify_webhook(body, headers, "whsec_" + "A" * 4000)


def test_an_event() -> None:
    event = {**EVENT, "timestamp": 1700000000000, "instance_id": "ins_1"}
    body, headers = sign_webhook(event, SECRET, now=NOW)
    found = verify_webhook(body, headers, SECRET, now=NOW)
    assert type(found) is webhook_events.WebhookEvent
    assert (found.type, found.data) == ("thing.done", {"id": "thing_1"})
    assert (found.timestamp, found.instance_id) == (1700000000000, "ins_1")
    assert found.id == headers["svix-id"]
    assert found.raw == event
    assert repr(found) == f"<WebhookEvent thing.done {found.id}>"
    match found:
        case webhook_events.WebhookEvent("thing.done", {"id": id}):
            assert id == "thing_1"
        case _:
            pytest.fail("does not match")


def test_the_systems_clock() -> None:
    body, headers = sign_webhook(EVENT, SECRET)
    assert verify_webhook(body, headers, SECRET).data == EVENT["data"]
    assert reason(body, HEADERS, SECRET) == "timestamp-too-old"


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda body: body.decode()])
def test_bodies(kind: Callable[[bytes], Any]) -> None:
    body, headers = sign_webhook({**EVENT, "data": "wörter 😀"}, SECRET, now=NOW)
    assert verify_webhook(kind(body), headers, SECRET, now=NOW).data == "wörter 😀"


def environ(headers: dict[str, str]) -> dict[str, Any]:
    names = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return {"REQUEST_METHOD": "POST", "wsgi.version": (1, 0), "wsgi.input": object(), **names}


def encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


SHAPES: dict[str, Callable[[dict[str, str]], Any]] = {
    "dict": dict,
    "capitals": lambda headers: {name.title(): value for name, value in headers.items()},
    "pairs": lambda headers: list(headers.items()),
    "bytes": encoded,
    "iterator": lambda headers: iter(headers.items()),
    "dict of bytes": lambda headers: dict(encoded(headers)),
    "lists of values": lambda headers: {name: [value] for name, value in headers.items()},
    "httpx": httpx.Headers,
    "request": lambda headers: SimpleNamespace(headers=headers),
    "environ": environ,
    "scope": lambda headers: {"type": "http", "headers": encoded(headers)},
    "beside others": lambda headers: {"x": None, "y": 1, **headers, "accept": "*/*"},
}


@pytest.mark.parametrize("prefix", ["svix", "webhook"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_shapes_of_headers(shape: Callable[[dict[str, str]], Any], prefix: str) -> None:
    body, headers = sign_webhook(EVENT, SECRET, now=NOW, prefix=prefix)
    assert verify_webhook(body, shape(headers), SECRET, now=NOW).type == "thing.done"


def test_shapes_of_frameworks() -> None:
    werkzeug = pytest.importorskip("werkzeug.datastructures")
    starlette = pytest.importorskip("starlette.datastructures")
    django = pytest.importorskip("django.http.request")
    body, headers = sign_webhook(EVENT, SECRET, now=NOW)
    shapes = [werkzeug.Headers(headers), werkzeug.EnvironHeaders(environ(headers))]
    shapes += [starlette.Headers(headers), starlette.Headers(raw=encoded(headers))]
    for shape in (*shapes, django.HttpHeaders(environ(headers))):
        assert verify_webhook(body, shape, SECRET, now=NOW).type == "thing.done"


@pytest.mark.parametrize("gone", ["id", "timestamp", "signature"])
def test_missing_headers(gone: str) -> None:
    body, headers = sign_webhook(EVENT, SECRET, now=NOW)
    for value in ({}, {f"svix-{gone}": ""}, {f"svix-{gone}": " "}, {f"svix-{gone}": "x" * 20000}):
        rest = {n: v for n, v in headers.items() if n != f"svix-{gone}"} | value
        assert reason(body, rest, SECRET, now=NOW) == "headers-missing"
    assert reason(body, {}, SECRET, now=NOW) == "headers-missing"


def test_headers_that_contradict() -> None:
    body, headers = sign_webhook(EVENT, SECRET, now=NOW)
    pairs = list(headers.items())
    assert verify_webhook(body, pairs + pairs, SECRET, now=NOW)
    for name in ("svix-id", "svix-timestamp"):
        twice = [*pairs, (name.upper(), "other")]
        assert reason(body, twice, SECRET, now=NOW) == "headers-invalid"
    # More signatures are more chances, not a contradiction.
    assert verify_webhook(body, [("svix-signature", "v1,AAAA"), *pairs], SECRET, now=NOW)
    # Of the two families the first that is whole counts.
    both = {**headers, "webhook-id": "other", "webhook-timestamp": "1", "webhook-signature": "v1,"}
    assert verify_webhook(body, both, SECRET, now=NOW)


def test_several_signatures_and_secrets() -> None:
    old_and_new = sign_webhook(EVENT, [OTHER, SECRET], now=NOW)
    assert old_and_new.headers["svix-signature"].count("v1,") == 2
    for secret in (SECRET, OTHER, [SECRET], (OTHER, SECRET)):
        assert verify_webhook(*old_and_new, secret, now=NOW)
    only_old = sign_webhook(EVENT, OTHER, now=NOW)
    assert verify_webhook(*only_old, [SECRET, OTHER], now=NOW)
    assert verify_webhook(*only_old, iter([SECRET, OTHER]), now=NOW)
    assert reason(*only_old, SECRET, now=NOW) == "signature-invalid"


@pytest.mark.parametrize(
    "odd",
    ["v1", "v1,", "v1,!!!", "v1a,{}", "v2,{}", "{}", ",{}", "v1,ä", "v1,{}x", "V1,{}", "v1 {}"],
)
def test_odd_signatures(odd: str) -> None:
    body, headers = sign_webhook(EVENT, SECRET, now=NOW)
    right = headers["svix-signature"]
    text = odd.format(right.removeprefix("v1,"))
    alone = {**headers, "svix-signature": text}
    assert reason(body, alone, SECRET, now=NOW) == "signature-invalid"
    beside = {**headers, "svix-signature": f"{text} {right}"}
    assert verify_webhook(body, beside, SECRET, now=NOW)


def test_each_bit_counts() -> None:
    body, headers = sign_webhook(EVENT, SECRET, id="msg_1", now=NOW)
    for place in range(len(body)):
        for bit in range(8):
            changed = bytearray(body)
            changed[place] ^= 1 << bit
            assert reason(changed, headers, SECRET, now=NOW) == "signature-invalid"
    assert reason(body + b" ", headers, SECRET, now=NOW) == "signature-invalid"
    assert reason(body[:-1], headers, SECRET, now=NOW) == "signature-invalid"
    for name, value in (("svix-id", "msg_2"), ("svix-timestamp", str(SECONDS + 1))):
        changed_headers = {**headers, name: value}
        assert reason(body, changed_headers, SECRET, now=NOW) == "signature-invalid"


def test_where_the_parts_meet_counts() -> None:
    """The parts are joined by full stops, which an id may hold too."""
    signed = hmac.new(base64.b64decode(SECRET[6:]), b"a.1.2.x", "sha256").digest()
    headers = {"svix-id": "a.1", "svix-timestamp": "2"}
    headers["svix-signature"] = "v1," + base64.b64encode(signed).decode()
    assert reason("x", headers, SECRET, now=2000) == "body-invalid"  # so the signature fits


def test_freshness() -> None:
    body, headers = sign_webhook(EVENT, SECRET, now=NOW)
    minutes = 60_000
    assert verify_webhook(body, headers, SECRET, now=NOW + 5 * minutes)
    assert verify_webhook(body, headers, SECRET, now=NOW - 5 * minutes)
    assert reason(body, headers, SECRET, now=NOW + 5 * minutes + 1) == "timestamp-too-old"
    assert reason(body, headers, SECRET, now=NOW - 5 * minutes - 1) == "timestamp-too-new"
    assert reason(body, headers, SECRET, now=NOW + 1, tolerance_ms=0) == "timestamp-too-old"
    assert verify_webhook(body, headers, SECRET, now=NOW, tolerance_ms=0)
    assert verify_webhook(body, headers, SECRET, now=NOW * 2, tolerance_ms=10**15)


@pytest.mark.parametrize(
    "text", ["", "soon", "-1", "1e9", "1614265330.0", "٣", "9" * 400, "0x10", "+5", "1_0"]
)
def test_odd_timestamps(text: str) -> None:
    headers = {**HEADERS, "svix-timestamp": text}
    expected = "timestamp-invalid" if text else "headers-missing"
    assert reason(BODY, headers, SECRET, now=NOW) == expected


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"[]", b"null", b"{}", b'{"type": 1}', b'{"type": "a"', b"\xff", b"[" * 5000],
)
def test_bodies_that_are_no_event(body: bytes) -> None:
    signed = sign_webhook(body, SECRET, now=NOW)
    assert reason(*signed, SECRET, now=NOW) == "body-invalid"


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ("", "secret: it is empty"),
        ("whsec_", "secret: it is empty"),
        ("whsec_!", "secret: .* not base64"),
        ("whsec_ü", "secret: .* not base64"),
        ([], "secret: none"),
        ([SECRET, ""], "secret: it is empty"),
    ],
)
def test_no_secret(secret: Any, says: str) -> None:
    with pytest.raises(ValueError, match=f"^{says}"):
        verify_webhook(BODY, HEADERS, secret)


@pytest.mark.parametrize("secret", [SECRET, SECRET[6:], SECRET + "\n", SECRET.rstrip("=")])
def test_ways_to_write_a_secret(secret: str) -> None:
    assert verify_webhook(*sign_webhook(EVENT, SECRET, now=NOW), secret, now=NOW)


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        (({}, HEADERS, SECRET), {}, "body must be the request's body as it came"),
        ((None, HEADERS, SECRET), {}, "body must be"),
        ((BODY, None, SECRET), {}, "headers must be the request's headers"),
        ((BODY, "svix-id: x", SECRET), {}, "headers must be"),
        ((BODY, 5, SECRET), {}, "headers must be"),
        ((BODY, [1], SECRET), {}, "headers: their elements must be pairs"),
        ((BODY, HEADERS, None), {}, "secret must be str"),
        ((BODY, HEADERS, b"whsec_AAAA"), {}, "secret must be str"),
        ((BODY, HEADERS, [None]), {}, "secret must be str"),
        ((BODY, HEADERS, SECRET), {"tolerance_ms": 1.5}, "tolerance_ms must be int"),
        ((BODY, HEADERS, SECRET), {"tolerance_ms": None}, "tolerance_ms must be int"),
        ((BODY, HEADERS, SECRET), {"now": "1"}, "now must be int"),
        ((BODY, HEADERS, SECRET), {"now": True}, "now must be int"),
    ],
)
def test_arguments_of_a_wrong_type(arguments: Any, options: Any, says: str) -> None:
    with pytest.raises(TypeError, match=f"^{says}"):
        verify_webhook(*arguments, **options)


def test_negative_times() -> None:
    for name in ("tolerance_ms", "now"):
        with pytest.raises(ValueError, match=f"^{name} must not be negative"):
            verify_webhook(BODY, HEADERS, SECRET, **{name: -1})


def test_the_error_survives_copies() -> None:
    error = WebhookVerificationError("timestamp-too-old")
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (other.reason, str(other)) == (error.reason, str(error))


# What events hold

USER = {
    "id": "user_1",
    "object": "user",
    "first_name": "Ada",
    "email_addresses": [{"id": "idn_1", "object": "email_address", "email_address": "a@b.example"}],
    "created_at": 1700000000000,
    "unheard_of": {"a": [1]},
}
ORGANIZATION = {"id": "org_1", "object": "organization", "name": "Acme", "slug": "acme"}
MEMBERSHIP = {
    "id": "orgmem_1",
    "object": "organization_membership",
    "role": "org:admin",
    "organization": ORGANIZATION,
    "public_user_data": {"user_id": "user_1", "first_name": "Ada"},
}
GONE = {"id": "user_1", "object": "user", "deleted": True}


def event_of(kind: str, data: Any) -> webhook_events.WebhookEvent:
    signed = sign_webhook({"type": kind, "object": "event", "data": data}, SECRET)
    return verify_webhook(*signed, SECRET)


@pytest.mark.parametrize(
    ("kind", "data", "cls", "model"),
    [
        ("user.created", USER, "UserEvent", "User"),
        ("user.renamed", USER, "UserEvent", "User"),
        ("user.deleted", GONE, "DeletedEvent", "DeletedObject"),
        ("organization.updated", ORGANIZATION, "OrganizationEvent", "Organization"),
        ("organization.deleted", {**GONE, "id": "org_1"}, "DeletedEvent", "DeletedObject"),
        ("session.pending", {"id": "sess_1", "status": "pending"}, "SessionEvent", "Session"),
        ("role.created", {"id": "role_1", "key": "org:a"}, "RoleEvent", "Role"),
        ("permission.created", {"id": "perm_1"}, "PermissionEvent", "Permission"),
        ("waitlistEntry.created", {"id": "wle_1"}, "WaitlistEntryEvent", "WaitlistEntry"),
        *(
            (f"{name[0].lower()}{name[1:]}.{verb}", data, f"{name}Event", name)
            for name, verb, data in (
                ("OrganizationMembership", "created", MEMBERSHIP),
                ("OrganizationMembership", "deleted", MEMBERSHIP),
                ("OrganizationInvitation", "accepted", {"id": "orginv_1"}),
                ("OrganizationDomain", "created", {"id": "orgdmn_1"}),
            )
        ),
    ],
)
def test_typed_events(kind: str, data: dict[str, Any], cls: str, model: str) -> None:
    event = event_of(kind, data)
    assert type(event) is getattr(webhook_events, cls)
    assert type(event.data) is getattr(models, model)
    assert event.data.id == data["id"]
    assert event.raw["data"] == data


def test_a_typed_event_in_use() -> None:
    event = event_of("user.created", USER)
    assert isinstance(event, webhook_events.UserEvent)
    assert event.data.email_addresses[0].email_address == "a@b.example"
    assert event.data.first_name == "Ada"
    assert "Ada" not in repr(event)
    membership = event_of("organizationMembership.created", MEMBERSHIP)
    assert membership.data.organization.name == "Acme"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("sms.created", {"id": "sms_1", "message": "1234"}),
        ("email.created", {"id": "ema_1"}),
        ("subscription.active", {"id": "sub_1"}),
        ("", {}),
        (".", {}),
        ("user", None),
        ("user.created", None),
        ("user.created", []),
        ("user.created", "user_1"),
        ("user.created", 10**400),
    ],
)
def test_plain_events(kind: str, data: Any) -> None:
    event = event_of(kind, data)
    assert type(event) is webhook_events.WebhookEvent
    assert (event.type, event.data) == (kind, data)


def test_data_that_fits_badly_is_read_all_the_same() -> None:
    for value in (None, 1, [], {}, "x", True, 1.5, 2**70):
        for name in USER:
            event = event_of("user.updated", {**USER, name: value})
            assert event.type == "user.updated"
            assert event.raw["data"][name] == value
    odd = event_of("user.updated", {"deleted": "maybe"})
    assert isinstance(odd, webhook_events.UserEvent)


def test_odd_envelopes() -> None:
    odd = sign_webhook({"type": "a.b", "timestamp": "now", "instance_id": 5}, SECRET)
    event = verify_webhook(*odd, SECRET)
    assert (event.data, event.timestamp, event.instance_id) == (None, None, None)


def test_signing() -> None:
    text = json.dumps(EVENT)
    assert sign_webhook(text, SECRET).body == sign_webhook(text.encode(), SECRET).body
    assert sign_webhook(EVENT, SECRET).headers["svix-id"].startswith("msg_")
    with pytest.raises(ValueError, match="prefix must be"):
        sign_webhook(EVENT, SECRET, prefix="x")
    with pytest.raises(TypeError, match="event must be a dict, bytes or str"):
        sign_webhook(5, SECRET)  # type: ignore[arg-type]
