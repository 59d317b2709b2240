"""A little of everything that makes Python objects in C, for tests of references and of the garbage
collector.
"""
# ruff: noqa: B018 - attributes are read for the reading's sake

from __future__ import annotations

import asyncio
import copy
import pickle
from contextlib import suppress
from typing import Any

import clerk_c
from clerk_c import Clerk, _async, _core, models

TYPES = [one for one in vars(_core).values() if isinstance(one, type)]
JWK = {"kty": "RSA", "n": "v" * 341 + "Q", "e": "AQAB"}


def open_client(url: str, **options: Any) -> Clerk:
    return Clerk("sk_test_variety", server_url=url, retry_config=None, **options)


def read(user: Any) -> None:
    user.id, user.public_metadata, user.email_addresses, user.created_at, user.locked
    user.model_dump(), user.model_dump_json(), repr(user), user.model_fields_set
    assert user == copy.copy(user) == copy.deepcopy(user) == pickle.loads(pickle.dumps(user))
    user.public_metadata["itself"] = user  # a cycle
    user.first_name = object()


def build() -> None:
    models.CreateUserRequestBody(email_address=["a@example.com"], public_metadata={"a": [1, None]})
    with suppress(clerk_c.ValidationError):
        models.CreateUserRequestBody(email_address=7, created_at=object())
    with suppress(AttributeError):
        models.NoSuchModel
    for text in (b'{"a": [1, 2.5, "\\u00e9", 123456789012345678901234567890]}', b'{"a": '):
        with suppress(ValueError):
            _core.parse_json(text)
    headers = _core.Headers([("a", "1"), ("A", "2")])
    headers["c"] = "4"
    dict(headers), headers.get_list("a"), repr(headers), copy.copy(headers), headers == {"a": "1"}
    key = _core.VerifyKey.from_jwk(JWK)
    hash(key), repr(key), key == _core.VerifyKey.from_jwk(JWK)
    with suppress(ValueError):
        _core.VerifyKey.from_pem("no key")
    repr(_core.TokenCache(8))
    with suppress(ValueError):
        _core.decode_token("a.b.c")


def call(clerk: Clerk) -> None:
    read(clerk.users.get(user_id="user_1"))
    users = clerk.users.list(request={"limit": 20})
    users[3].id, users[-1].username, clerk_c.response_of(users[0])
    clerk.users.create(email_address=["a@example.com"], public_metadata={"a": {"b": [1]}})
    for wrong in ({}, {"user_id": ".."}, {"user_id": 7}, {"user_id": "a", "b": 1}):
        with suppress(TypeError, ValueError):
            clerk.users.get(**wrong)
    for name in ("user_missing", "user_broken", "user_unfit"):
        try:
            clerk.users.get(user_id=name)
        except models.ClerkBaseError as error:
            repr(error.headers), repr(error.raw_response), str(error), error.body
    repr(clerk), repr(clerk.users), list(map(str, clerk.drift))


async def call_async(clerk: Clerk) -> None:
    clerk.users.get_async(user_id="user_1").close()  # never awaited
    ended = [asyncio.ensure_future(clerk.users.get_async(user_id="user_1")) for _ in range(3)]
    await asyncio.sleep(0)
    ended[0].cancel()
    await asyncio.wait(ended)
    read(ended[1].result())
    try:
        await clerk.users.get_async(user_id="user_missing")
    except models.ClerkErrors as error:
        error.data.errors[0].code, error.raw_response.text


def everything(url: str, loop: asyncio.AbstractEventLoop) -> None:
    build()
    with open_client(url) as clerk, open_client(url, response_validation="strict") as strict:
        call(clerk)
        call(strict)
        loop.run_until_complete(call_async(clerk))
        clerk.sdk_configuration.timeout_ms  # from now on each call is looked at
        call(clerk)
        loop.run_until_complete(call_async(clerk))
        copy.copy(clerk), copy.deepcopy(clerk)
    assert loop in _async._queues
