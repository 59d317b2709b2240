"""The C libraries that clerk_c runs on, and their versions."""

import re
from importlib import import_module

from . import _core


def libraries() -> "dict[str, str]":
    """The versions of the libraries that are loaded, by name: libcurl and its parts as libcurl
    tells them, libcrypto (all that OpenSSL says of itself) and cJSON. Loads them all."""
    found: dict[str, str] = {}
    for part in import_module("clerk_c._net").versions().split():
        name, slash, version = part.partition("/")
        if slash and re.match(r"\w", name):  # libpsl tells in brackets what it is made of
            found[name] = version
    found["libcrypto"] = import_module("clerk_c._crypto").version()
    found["cJSON"] = _core.json_version()
    return found
