"""Profile images of the embedded server's users: upload, fetch, replace, delete."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from clerk_backend_api import Clerk, models
from clerk_backend_api.models import ClerkErrors, SDKError

from clerk_c.testing import Server

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def clerk(server: Server) -> Iterator[Clerk]:
    with Clerk(bearer_auth=server.secret_key, server_url=server.url) as client:
        yield client


def create(clerk: Clerk, **more: str) -> models.User:
    return clerk.users.create(username="ada_lovelace", **more)


def refusal(info: pytest.ExceptionInfo[ClerkErrors]) -> tuple[int, str]:
    return info.value.status_code, info.value.data.errors[0].code


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
    ],
)
def test_the_bytes_decide_the_type(clerk: Clerk, start: bytes, kind: str) -> None:
    file = {"file_name": "x.png", "content": start + b"...", "content_type": "image/png"}
    user = clerk.users.set_profile_image(user_id=create(clerk).id, file=file)
    picture = httpx.get(user.image_url)
    assert (picture.content, picture.headers["content-type"]) == (start + b"...", kind)


def test_profile_image(clerk: Clerk, server: Server) -> None:
    user = create(clerk, first_name="<Ada>", last_name="L")
    assert not user.has_image
    avatar = httpx.get(user.image_url)
    assert avatar.headers["content-type"] == "image/svg+xml"
    assert "&lt;L</text>" in avatar.text
    file = {"file_name": "ada.png", "content": PNG, "content_type": "image/png"}
    first = clerk.users.set_profile_image(user_id=user.id, file=file)
    assert first.has_image
    picture = httpx.get(first.image_url)
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    second = clerk.users.set_profile_image(user_id=user.id, file={**file, "content": PNG * 4096})
    assert httpx.get(second.image_url).content == PNG * 4096
    image_id = first.image_url.rpartition("/")[2]
    back = clerk.users.update(user_id=user.id, profile_image_id=image_id)
    assert back.image_url == first.image_url
    assert not clerk.users.delete_profile_image(user_id=user.id).has_image
    assert httpx.get(first.image_url).status_code == 404
    with pytest.raises(ClerkErrors) as info:
        clerk.users.delete_profile_image(user_id=user.id)
    assert refusal(info) == (404, "image_not_found")
    with pytest.raises(ClerkErrors) as info:
        clerk.users.update(user_id=user.id, profile_image_id=image_id)
    assert refusal(info) == (422, "form_resource_not_found")


def test_profile_image_refused(clerk: Clerk) -> None:
    user = create(clerk)
    file = {"file_name": "a.png", "content": PNG}
    for given, status in (
        ({"user_id": user.id}, 400),
        ({"user_id": user.id, "file": {**file, "content": b""}}, 400),
        ({"user_id": user.id, "file": {**file, "content": b"<svg/>"}}, 400),
        ({"user_id": "user_none", "file": file}, 404),
    ):
        with pytest.raises(ClerkErrors) as info:
            clerk.users.set_profile_image(**given)
        assert refusal(info)[0] == status
    large = {**file, "content": PNG + bytes(11 * 1024 * 1024)}
    with pytest.raises(SDKError) as broad:
        clerk.users.set_profile_image(user_id=user.id, file=large)
    assert broad.value.status_code == 413
    assert not clerk.users.get(user_id=user.id).has_image
