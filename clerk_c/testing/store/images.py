"""Pictures that were uploaded, each of a user or of a record."""

from __future__ import annotations

from clerk_c.testing import errors
from clerk_c.testing.store.database import Transaction


def add(tx: Transaction, owner: str, owner_id: str, content_type: str, content: bytes) -> str:
    """Keeps a picture, besides those before it; `owner` is `user_id` or `record_id`."""
    key = tx.new_id("img")
    columns = {"content_type": content_type, "content": content, "created_at": tx.now}
    tx.insert("images", id=key, **{owner: owner_id}, **columns)
    return key


def remove(tx: Transaction, image_id: str | None) -> None:
    if image_id is None:
        raise errors.ApiError(404, "image_not_found", "Image not found")
    tx.delete("images", image_id)
