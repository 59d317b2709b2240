"""File uploads: the same multipart as the reference's, whatever the content is given as."""

from __future__ import annotations

import array
import io
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import clerk_backend_api
import pytest
from recorder import KEY, Recorded, Recorder, reply

from clerk_c import Clerk, ValidationError, models
from clerk_c.testing import Server

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@pytest.fixture(scope="module")
def reference() -> Iterator[clerk_backend_api.Clerk]:
    with clerk_backend_api.Clerk(bearer_auth=KEY) as client:
        yield client


def upload(client: Any, recorder: Recorder, file: Any) -> Recorded:
    """The request of one upload. The server has nothing good to say about it."""
    recorder.answer = reply(500, b"no", "text/plain")
    error = models.SDKError if isinstance(client, Clerk) else clerk_backend_api.models.SDKError
    with pytest.raises(error):
        client.users.set_profile_image(
            user_id="a", file=file, retries=None, server_url=recorder.url
        )
    return recorder.take()


def same(clerk: Clerk, reference: Any, recorder: Recorder, make: Any) -> Recorded:
    """Uploads what make(models) gives through both; the two requests must be equal."""
    wanted = upload(reference, recorder, make(clerk_backend_api.models))
    found = upload(clerk, recorder, make(models))
    assert found.plain_body() == wanted.plain_body()
    assert found.plain_type() == wanted.plain_type()
    assert len(found.one("content-length") or "") == len(wanted.one("content-length") or "")
    assert (found.method, found.target) == (wanted.method, wanted.target)
    return found


class Reads:
    """Has read() and nothing else of a file."""

    def __init__(self, content: Any) -> None:
        self.content = content

    def read(self, size: int = -1) -> Any:
        content, self.content = self.content, self.content[:0]
        return content


CONTENTS = {
    "bytes": lambda: PNG,
    "empty": lambda: b"",
    "bytearray": lambda: bytearray(PNG),
    "str": lambda: "text é",
    "BytesIO": lambda: io.BytesIO(PNG),
    "half-read BytesIO": lambda: _half_read(),
    "BufferedReader": lambda: io.BufferedReader(io.BytesIO(PNG)),
}


def _half_read() -> io.BytesIO:
    stream = io.BytesIO(PNG)
    stream.read(100)
    return stream


@pytest.mark.parametrize("form", ["instance", "dict", "wire names"])
@pytest.mark.parametrize("kind", CONTENTS)
def test_contents(clerk: Clerk, reference: Any, recorder: Recorder, kind: str, form: str) -> None:
    def make(package: Any) -> Any:
        content = CONTENTS[kind]()
        if form == "dict":
            return {"file_name": "a.png", "content": content}
        if form == "wire names":
            return {"fileName": "a.png", "": content}
        return package.File(file_name="a.png", content=content)

    request = same(clerk, reference, recorder, make)
    assert b'filename="a.png"\r\nContent-Type: image/png\r\n\r\n' in request.body


def test_open_files(clerk: Clerk, reference: Any, recorder: Recorder, tmp_path: Path) -> None:
    path = tmp_path / "face.jpg"
    path.write_bytes(PNG)
    with path.open("rb") as one, path.open("rb") as two:
        files = iter((one, two))
        request = same(
            clerk, reference, recorder, lambda m: m.File(file_name="face.jpg", content=next(files))
        )
        assert not two.closed
    assert request.body.count(PNG) == 1
    assert b"Content-Type: image/jpeg" in request.body


def test_text_files(clerk: Clerk, recorder: Recorder, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("é\n", encoding="utf-8")
    with path.open(encoding="utf-8") as stream:
        request = upload(clerk, recorder, {"file_name": "a.txt", "content": stream})
    assert b"Content-Type: text/plain\r\n\r\n\xc3\xa9\n\r\n--" in request.body


@pytest.mark.parametrize(
    "make", [lambda: Reads(PNG), lambda: memoryview(PNG), lambda: array.array("B", PNG)]
)
def test_more_kinds_than_the_reference_takes(clerk: Clerk, recorder: Recorder, make: Any) -> None:
    request = upload(clerk, recorder, {"file_name": "a", "content": make()})
    assert b"\r\n\r\n" + PNG + b"\r\n--" in request.body


def test_a_reader_of_text(clerk: Clerk, recorder: Recorder) -> None:
    request = upload(clerk, recorder, {"file_name": "a", "content": Reads("é")})
    assert b"\r\n\r\n\xc3\xa9\r\n--" in request.body


def test_a_pipe(clerk: Clerk, recorder: Recorder) -> None:
    """Has seek(), which fails."""
    end, start = os.pipe()
    os.write(start, PNG)
    os.close(start)
    with open(end, "rb") as stream:
        request = upload(clerk, recorder, {"file_name": "a", "content": stream})
    assert b"\r\n\r\n" + PNG + b"\r\n--" in request.body


@pytest.mark.parametrize(
    "name",
    ["a.png", "a.PNG", "a.html", "a", "a.tar.gz", "a.svg", ".png", "a b.gif", "é.png", 'a"b.png',
     "a\\b.png", "a\nb.png", "a\r\nContent-Type: x\r\n\r\n", "a;b=c.png", "日本.webp"],
)  # fmt: skip
def test_names(clerk: Clerk, reference: Any, recorder: Recorder, name: str) -> None:
    same(clerk, reference, recorder, lambda m: m.File(file_name=name, content=b"x"))


@pytest.mark.parametrize("kind", ["image/png", "text/plain; charset=utf-8", "x"])
def test_content_types(clerk: Clerk, reference: Any, recorder: Recorder, kind: str) -> None:
    request = same(
        clerk, reference, recorder, lambda m: m.File(file_name="a", content=b"x", content_type=kind)
    )
    assert b"Content-Type: " + kind.encode() + b"\r\n\r\nx\r\n" in request.body


def test_a_content_type_that_would_break_out(clerk: Clerk, recorder: Recorder) -> None:
    file = models.File(file_name="a", content=b"x", content_type="a\r\nX-Evil: 1")
    with pytest.raises(ValueError, match="content type"):
        clerk.users.set_profile_image(user_id="a", file=file)
    assert recorder.requests == []


def test_no_file(clerk: Clerk, reference: Any, recorder: Recorder) -> None:
    request = same(clerk, reference, recorder, lambda m: None)
    assert request.body == b""


def test_text_parts_come_first(clerk: Clerk, reference: Any, recorder: Recorder) -> None:
    recorder.answer = reply(500, b"no", "text/plain")
    bodies = []
    for client, package in ((reference, clerk_backend_api.models), (clerk, models)):
        with pytest.raises(package.SDKError):
            client.organizations.upload_logo(
                organization_id="o",
                uploader_user_id="user é",
                file={"file_name": "a.png", "content": b"x"},
                retries=None,
                server_url=recorder.url,
            )
        bodies.append(recorder.take().plain_body())
    assert bodies[0] == bodies[1]
    assert bodies[0].index(b"uploader_user_id") < bodies[0].index(b"a.png")


@pytest.mark.parametrize(
    "file",
    [
        {"file_name": "", "content": b"x"},
        models.File(file_name="", content=b"x"),
    ],
)
def test_empty_names(clerk: Clerk, recorder: Recorder, file: Any) -> None:
    with pytest.raises(ValueError, match="file_name"):
        clerk.users.set_profile_image(user_id="a", file=file)
    assert recorder.requests == []


@pytest.mark.parametrize(
    "file",
    [{"file_name": "a"}, {"content": b"x"}, {"file_name": "a", "content": 7},
     {"file_name": "a", "content": None}, b"x", io.BytesIO(b"x"), "a.png"],
)  # fmt: skip
def test_what_is_no_file(clerk: Clerk, recorder: Recorder, file: Any) -> None:
    with pytest.raises(ValidationError, match="file"):
        clerk.users.set_profile_image(user_id="a", file=file)
    assert recorder.requests == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [(Reads([1, 2]), TypeError), (io.BytesIO(), ValueError)],
)
def test_files_that_cannot_be_read(
    clerk: Clerk, recorder: Recorder, content: Any, kind: type[Exception]
) -> None:
    if isinstance(content, io.BytesIO):
        content.close()
    with pytest.raises(kind):
        clerk.users.set_profile_image(user_id="a", file={"file_name": "a", "content": content})
    assert recorder.requests == []


def test_a_file_that_fails(clerk: Clerk, recorder: Recorder) -> None:
    class Fails:
        def read(self) -> bytes:
            raise OSError("disk on fire")

    with pytest.raises(OSError, match="disk on fire"):
        clerk.users.set_profile_image(user_id="a", file={"file_name": "a", "content": Fails()})
    assert recorder.requests == []


def test_a_large_file(clerk: Clerk, recorder: Recorder) -> None:
    content = bytes(range(256)) * 4096 * 4
    request = upload(clerk, recorder, {"file_name": "a", "content": content})
    assert content in request.body


def test_the_boundary_is_new_each_time(clerk: Clerk, recorder: Recorder) -> None:
    kinds = {
        upload(clerk, recorder, {"file_name": "a", "content": b""}).one("content-type")
        for _ in range(10)
    }
    assert len(kinds) == 10


def test_both_packages_reach_the_embedded_server() -> None:
    """What the server took for the file, as a server's own multipart reader sees it."""
    with Server() as server:
        bodies = []
        with Clerk(server.secret_key, server_url=server.url) as clerk:
            user = clerk.users.create(skip_password_requirement=True, username="ada_lovelace")
            file = models.File(file_name="a.png", content=PNG)
            assert clerk.users.set_profile_image(user_id=user.id, file=file).has_image
            bodies.append(server.requests[-1].body)
        with (
            warnings.catch_warnings(),
            clerk_backend_api.Clerk(
                bearer_auth=server.secret_key, server_url=server.url
            ) as reference,
        ):
            theirs = clerk_backend_api.models.File(file_name="a.png", content=PNG)
            reference.users.set_profile_image(user_id=user.id, file=theirs)
            bodies.append(server.requests[-1].body)
    without_boundary = [body.replace(body[2 : body.index(b"\r\n")], b"BOUNDARY") for body in bodies]
    assert without_boundary[0] == without_boundary[1]
