"""The debug logger: told at the same moments as by the reference, and never a secret."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import nullcontext, suppress
from typing import Any

import clerk_backend_api
import httpx
import pytest
from recorder import KEY, Recorder, reply

import clerk_c
from clerk_c import Clerk, Headers, models
from clerk_c._masking import STARS, mask_body, mask_headers, mask_url

pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

GOOD = reply(200, {"object": "total_count", "total_count": 7})
HUSH = "hush0hush0hush0"


class Logger:
    """Formats each message, as a real one would."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.with_errors: list[bool] = []

    def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
        assert set(kwargs) <= {"exc_info"}
        self.messages.append(msg % args)
        self.with_errors.append(bool(kwargs.get("exc_info")))

    def kinds(self) -> list[str]:
        """The first word of each."""
        return [message.replace(":", " ").split()[0] for message in self.messages]


@pytest.fixture(params=[False, True], ids=["blocking", "asynchronous"])
def is_async(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def call(clerk: Any, is_async: bool, name: str = "count", **given: Any) -> Any:
    async def awaited() -> Any:
        async with clerk:
            return await getattr(clerk.users, f"{name}_async")(**given)

    return asyncio.run(awaited()) if is_async else getattr(clerk.users, name)(**given)


def again(package: Any) -> Any:
    backoff = package.utils.BackoffStrategy(1, 5, 1.5, 60_000, 0)
    return package.utils.RetryConfig("backoff", backoff, True)


ANSWERS: dict[str, list[bytes]] = {
    "good": [GOOD],
    "error": [reply(404, {"errors": []})],
    "second try": [reply(503), GOOD],
    "broken": [b"nonsense\r\n\r\n"],
}


@pytest.mark.parametrize("name", ANSWERS)
def test_told_as_often_as_by_the_reference(recorder: Recorder, name: str, is_async: bool) -> None:
    told = []
    for package in (clerk_backend_api, clerk_c):
        answers = iter(ANSWERS[name])
        recorder.answer = lambda request, answers=answers: next(answers)  # type: ignore[misc]
        logger = Logger()
        clerk: Any = package.Clerk(
            bearer_auth=KEY,
            server_url=recorder.url,
            debug_logger=logger,
            retry_config=again(package),
        )
        with suppress(Exception) if name in ("error", "broken") else nullcontext():
            call(clerk, is_async)
        if not is_async:
            clerk.__exit__(None, None, None)
        told.append((logger.kinds(), logger.with_errors))
    assert told[1] == told[0]
    assert told[0][0][0] == "Request"


def test_failures_of_hooks(recorder: Recorder) -> None:
    class Forget:
        def after_error(self, context: Any, response: Any, error: Any) -> Any:
            return None, None

    class Fail:
        def after_error(self, context: Any, response: Any, error: Any) -> Any:
            return response, LookupError("mine")

    recorder.answer = reply(404, {})
    for hook, error, kinds in (
        (Forget(), models.SDKError, ["Request", "Response", "The"]),
        (Fail(), LookupError, ["Request", "Response", "Request"]),
    ):
        logger = Logger()
        clerk = Clerk(KEY, server_url=recorder.url, hooks=[hook], debug_logger=logger)
        with pytest.raises(error):
            clerk.users.count()
        assert logger.kinds() == kinds


def test_no_secret_is_told(recorder: Recorder, is_async: bool) -> None:
    recorder.answer = reply(
        200,
        {
            "id": "user_1",
            "token": HUSH,
            "secret": HUSH,
            "url": f"https://a/b?__clerk_ticket={HUSH}&x=1",
            "nested": [{"client_secret": HUSH, "note": f"use sk_test_{HUSH} or eyJ{HUSH}.a.b"}],
        },
    )
    logger = Logger()
    clerk = Clerk(f"sk_live_{HUSH}", server_url=recorder.url, debug_logger=logger)
    call(
        clerk,
        is_async,
        "create",
        email_address=["ada@example.com"],
        password=HUSH,
        totp_secret=HUSH,
        backup_codes=[HUSH],
        public_metadata={"plan": "pro", "api_key": HUSH},
        http_headers={"Cookie": HUSH},
    )
    sent = recorder.take()
    assert HUSH in sent.body.decode() and HUSH in (sent.one("authorization") or "")
    text = "\n".join(logger.messages)
    assert HUSH not in text
    for shown in ("POST", "/v1/users", "ada@example.com", '"plan": "pro"', "x=1", "user_1"):
        assert shown in text
    assert text.count(STARS) >= 10


def test_uploads_are_told_by_their_size(recorder: Recorder) -> None:
    recorder.answer = reply(404, {})
    logger = Logger()
    clerk = Clerk(KEY, server_url=recorder.url, debug_logger=logger)
    file = {"file_name": "a.png", "content": HUSH.encode()}
    with pytest.raises(models.ClerkErrors):
        clerk.users.set_profile_image(user_id="user_1", file=file)
    assert HUSH not in logger.messages[0]
    assert "bytes of multipart/form-data>" in logger.messages[0]


def test_one_of_the_standard_library(
    recorder: Recorder, caplog: pytest.LogCaptureFixture, is_async: bool
) -> None:
    recorder.answer = GOOD
    logger = logging.getLogger("a program")
    with caplog.at_level(logging.DEBUG, "a program"):
        call(Clerk(KEY, server_url=recorder.url, debug_logger=logger), is_async)
    assert [record.levelname for record in caplog.records] == ["DEBUG"] * 2
    assert KEY not in caplog.text
    assert "total_count" in caplog.text


def test_chosen_later(recorder: Recorder) -> None:
    recorder.answer = GOOD
    clerk = Clerk(KEY, server_url=recorder.url)
    logger = Logger()
    clerk.sdk_configuration.debug_logger = logger
    clerk.users.count()
    assert logger.kinds() == ["Request", "Response"]
    clerk.sdk_configuration.debug_logger = None
    clerk.users.count()
    assert len(logger.messages) == 2


def test_with_a_client_of_the_programs(recorder: Recorder) -> None:
    recorder.answer = GOOD
    logger = Logger()
    with httpx.Client() as own:
        Clerk(KEY, server_url=recorder.url, client=own, debug_logger=logger).users.count()
    assert logger.kinds() == ["Request", "Response"]
    assert KEY not in "\n".join(logger.messages)


@pytest.mark.parametrize("wrong", [5, "log", object(), print])
def test_what_is_no_logger(wrong: Any) -> None:
    with pytest.raises(TypeError, match="debug_logger must have a method debug"):
        Clerk(KEY, debug_logger=wrong)


# --- masks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a/b?c=d", "https://a/b?c=d"),
        (f"https://u:{HUSH}@a/b", f"https://{STARS}@a/b"),
        (f"https://a/b?token={HUSH}&c=d", f"https://a/b?token={STARS}&c=d"),
        (f"https://a/b?c=d&__clerk_ticket={HUSH}#x", f"https://a/b?c=d&__clerk_ticket={STARS}#x"),
        (f"https://a/b#token={HUSH}&c=d", f"https://a/b#token={STARS}&c=d"),
        (f"https://a/b?c#/d?__clerk_ticket={HUSH}", f"https://a/b?c#/d?__clerk_ticket={STARS}"),
        (f"https://u:p@{HUSH}@a/b", f"https://{STARS}@a/b"),
        (f"https://a/sk_test_{HUSH}/b", f"https://a/{STARS}/b"),
        (f"https://a/b?x=eyJ{HUSH}.abc.def", f"https://a/b?x={STARS}"),
        ("", ""),
    ],
)
def test_urls(url: str, shown: str) -> None:
    assert mask_url(url) == shown


def test_headers() -> None:
    given = {"Authorization": HUSH, "COOKIE": HUSH, "x-a": f"ak_{HUSH}", "x-b": "plain"}
    assert HUSH not in str(mask_headers(Headers(given)))
    assert mask_headers(given)["x-b"] == "plain"


@pytest.mark.parametrize(
    "value",
    [
        f"https://a/b?__clerk_db_jwt={HUSH}&c=d",
        f"/b?c=d&code={HUSH}",
        f"https://u:{HUSH}@a/b",
        f"whsec_Mf+Q9/r8{HUSH}==",
    ],
)
def test_a_location(value: str) -> None:
    assert HUSH not in str(mask_headers({"Location": value}))


@pytest.mark.parametrize(
    ("body", "kind", "shown"),
    [
        (None, None, "<a stream>"),
        (b"", None, ""),
        (
            b'{"a": {"Password": "x", "b": null}}',
            None,
            '{"a": {"Password": "**********", "b": null}}',
        ),
        (b'{"password": null, "token": ["x", "y"]}', "application/json", None),
        (b"password=x&a=b", "application/x-www-form-urlencoded", "password=**********&a=b"),
        (b"\x89PNG\0", "image/png", "<5 bytes>"),
        (b"<html>", "text/html", "<html>"),
        (b"\xff\xfe{", "application/json", None),
        (b"[" * 100_000, "application/json", None),
        (b'{"password": "x', "application/json", '{"password": "**********'),
        (
            b'{"a": "b", "password" :"x\\"y", "c": {"token": "y"}',
            "application/json",
            '{"a": "b", "password": "**********", "c": {"token": "**********"}',
        ),
        (
            b'{"\\ud800": {"token": "secret"}, "token\\udc00": 1}',
            None,
            '{"\ud800": {"token": "**********"}, "token\udc00": 1}',
        ),
        (b'{"a":' * 900 + b'{"password": "secret"}' + b"}" * 900, "application/json", None),
    ],
)
def test_bodies(body: bytes | None, kind: str | None, shown: str | None) -> None:
    found = mask_body(body, {"content-type": kind} if kind else {})
    if shown is not None:
        assert found == shown
    assert "secret" not in found
    assert len(found) <= 10_000
    if body == b'{"password": null, "token": ["x", "y"]}':
        assert json.loads(found) == {"password": None, "token": STARS}
