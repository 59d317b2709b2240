"""verify_svix(): signatures of webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest

from clerk_c._core import verify_svix

NOW = 1_800_000_000
KEY = b"0123456789abcdef01234567"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
OTHER = "whsec_" + base64.b64encode(b"another secret").decode()
BODY = '{"type":"user.created","data":{"id":"user_1","name":"\u00e9"}}'.encode()


def sign(body: bytes = BODY, when: Any = NOW, key: bytes = KEY, ident: str = "msg_1") -> str:
    signed = f"{ident}.{when}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def verify(signatures: Any = None, **changes: Any) -> str | None:
    given: dict[str, Any] = {
        "secrets": SECRET,
        "id": "msg_1",
        "timestamp": str(NOW),
        "body": BODY,
        "signatures": sign() if signatures is None else signatures,
        "now_ms": NOW * 1000,
    }
    return verify_svix(**(given | changes))


def test_what_svix_documents() -> None:
    """The example of Svix's own manual on verifying by hand."""
    assert (
        verify_svix(
            "whsec_plJ3nmyCDGBKInavdOK15jsl",
            "msg_loFOjxBNrRLzqYUf",
            "1731705121",
            '{"event_type":"ping","data":{"success":true}}',
            "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
            now_ms=1731705121000,
        )
        is None
    )


@pytest.mark.parametrize(
    "good",
    [
        {},
        {"body": bytearray(BODY)},
        {"body": memoryview(BODY)},
        {"body": BODY.decode()},
        {"id": b"msg_1", "timestamp": str(NOW).encode(), "secrets": SECRET.encode()},
        {"secrets": [OTHER, SECRET]},
        {"secrets": (SECRET.encode(), OTHER)},
        {"secrets": SECRET.removeprefix("whsec_")},
        {"now_ms": (NOW + 300) * 1000},
        {"now_ms": (NOW - 300) * 1000},
        {"now_ms": (NOW + 10_000) * 1000, "tolerance_ms": 10_000_000},
    ],
)
def test_good(good: dict[str, Any]) -> None:
    assert verify(**good) is None


def test_several_signatures() -> None:
    wrong = sign(key=b"x")
    for text in (
        f"{wrong} {sign()}",
        f"{sign()} {wrong}",
        f"v1a,{'A' * 86}== {sign()}",
        f"  {sign()}  ",
        f"v2,x nonsense v1, v1 , {sign()}",
        " ".join([wrong] * 100 + [sign()]),
        sign().encode(),
    ):
        assert verify(text) is None, text


@pytest.mark.parametrize(
    "bad",
    ["", " ", "v1", "v1,", sign()[3:], sign().replace("v1", "v2"), sign().replace("v1", "V1"),
     sign()[:-3], sign()[:-1] + "!", sign().replace("v1,", "v1,,"), sign().replace("v1,", "v1, "),
     sign() + sign(), sign() + "A", sign(key=b"x"), sign(BODY + b" "), sign(when=NOW + 1),
     sign(ident="msg_2"), "v1," + "A" * 100_000, "v1a," + sign()[3:], sign().replace(",", "\0")],
)  # fmt: skip
def test_bad_signatures(bad: str) -> None:
    assert verify(bad) == "signature-invalid"


def test_each_byte_of_a_signature_counts() -> None:
    good = sign()
    for at in range(3, len(good) - 1):
        assert verify(good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]) is not None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"now_ms": (NOW + 301) * 1000}, "timestamp-too-old"),
        ({"now_ms": (NOW - 301) * 1000}, "timestamp-too-new"),
        ({"tolerance_ms": -1}, "timestamp-too-old"),
        *[
            ({"timestamp": text}, "timestamp-invalid")
            for text in (
                "",
                "x",
                "-1",
                "+1",
                "1.5",
                f" {NOW}",
                f"{NOW}\n",
                "1" * 13,
                "\u0661",
                "0x1",
            )
        ],
    ],
)
def test_times(changes: dict[str, Any], reason: str) -> None:
    signature = sign(when=changes.get("timestamp", NOW))
    assert verify(signature, **changes) == reason


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!", "whsec_AAA!", "sk_test_1", "A" * 5000])
def test_secrets_that_are_none(secret: str) -> None:
    for secrets in (secret, [SECRET, secret]):
        with pytest.raises(ValueError, match="not a webhook secret") as raised:
            verify(secrets=secrets)
        assert len(secret) < 7 or secret not in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"secrets": None}, "secrets must be a str"),
        ({"secrets": []}, "secrets must be a str"),
        ({"secrets": [SECRET, None]}, "secrets must be a str"),
        ({"secrets": 5}, "secrets must be a str"),
        ({"id": None}, "id must be str or bytes, not NoneType"),
        ({"timestamp": NOW}, "timestamp must be str or bytes, not int"),
        ({"signatures": [sign()]}, "signatures must be str or bytes, not list"),
        ({"body": {"type": "user.created"}}, "body must be bytes or str, not dict"),
        ({"tolerance_ms": "5"}, "tolerance_ms must be a number"),
    ],
)
def test_bad_arguments(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        verify(**changes)


def test_a_large_body() -> None:
    body = b"x" * 5_000_000
    assert verify(sign(body), body=body) is None
    assert verify(sign(body), body=body[:-1]) == "signature-invalid"
    assert verify(sign(b""), body=b"") is None
