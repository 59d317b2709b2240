"""What every test relies on: loopback is reached directly, and no account of the developer's."""

from __future__ import annotations

import os

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")

SETTINGS = ("CLERK_SECRET_KEY", "CLERK_API_URL", "CLERK_C_RESPONSE_VALIDATION")

# Before anything is imported, so that no client can have looked at them.
for name in (*PROXIES, *map(str.lower, PROXIES), *SETTINGS):
    os.environ.pop(name, None)
