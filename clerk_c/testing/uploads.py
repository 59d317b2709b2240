"""Pictures as they come in a multipart body."""

from __future__ import annotations

from clerk_c.testing import errors
from clerk_c.testing.call import Call


def image_of(call: Call) -> tuple[str, bytes]:
    """Content type and content of the file that a request has to bring."""
    upload = call.files().get("file")
    if upload is None or not upload.content:
        text = "The request has no image file."
        raise errors.ApiError(400, "form_param_missing", "Image file missing", text)
    return _type_of(upload.content), upload.content


def _type_of(content: bytes) -> str:
    """The type of an image by its first bytes, whatever the request claims it to be."""
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    marks = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}
    for mark, name in marks.items():
        if content.startswith(mark):
            return f"image/{name}"
    raise errors.wrong_value("file", "must be a PNG, JPEG, GIF or WebP image", status=400)
