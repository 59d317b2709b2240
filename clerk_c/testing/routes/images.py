"""Pictures of users and organizations, as a browser gets them: what was uploaded, or initials."""

from __future__ import annotations

import hashlib
from html import escape
from typing import Any

from clerk_c.testing import errors
from clerk_c.testing.call import Call, Reply
from clerk_c.testing.store import organizations, records

_AVATAR = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200">'
    '<rect width="200" height="200" fill="hsl({hue},45%,45%)"/>'
    '<text x="100" y="100" dy=".36em" fill="#fff" font-family="sans-serif" font-size="80"'
    ' text-anchor="middle">{initials}</text></svg>'
)


def get_image(call: Call) -> Any:
    key = call.path["image_id"]
    with call.store.read() as tx:
        image = tx.one("SELECT content_type, content FROM images WHERE id = ?", key)
        if image is not None:
            return Reply(content=image["content"], content_type=image["content_type"])
        user = tx.one("SELECT first_name, last_name FROM users WHERE id = ?", key)
        organization = records.get(tx, organizations.ORGANIZATION, key)
    if user is not None:
        names = [user["first_name"] or "", user["last_name"] or ""]
    elif organization is not None:
        names = organization["name"].split()[:2]
    else:
        raise errors.ApiError(404, "image_not_found", "Image not found")
    initials = "".join(name[:1] for name in names)
    hue = hashlib.sha256(key.encode()).digest()[0]
    avatar = _AVATAR.format(hue=hue, initials=escape(initials.upper()))
    return Reply(content=avatar.encode(), content_type="image/svg+xml")


ROUTES = (("GET", "/images/{image_id}", get_image),)
