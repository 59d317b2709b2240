"""An e-mail address as a model, in both ways that there are to get one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clerk_c import models

EMAIL: dict[str, Any] = {
    "object": "email_address",
    "id": "idn_1",
    "email_address": "ada@example.com",
    "reserved": False,
    "verification": {
        "object": "verification_admin",
        "status": "verified",
        "strategy": "admin",
        "attempts": None,
        "expire_at": None,
    },
    "linked_to": [{"type": "oauth_google", "id": "idn_2"}],
    "created_at": 1,
    "updated_at": 2,
}


def read() -> models.EmailAddress:
    """A view of JSON: nothing of it has been looked at."""
    return models.EmailAddress.model_validate_json(json.dumps(EMAIL))


def built() -> models.EmailAddress:
    return models.EmailAddress(**EMAIL)


both = pytest.mark.parametrize("make", [read, built])
