"""Which requests are meant: a method and a path such as "/users/{user_id}", or any."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from functools import cache
from typing import NamedTuple

from clerk_c.testing.resources.engine import general
from clerk_c.testing.routes import PREFIX, PUBLIC_ROUTES, ROUTES, UNVERSIONED_ROUTES

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class Pattern(NamedTuple):
    """What requests are compared with; None is any."""

    method: str | None
    path: str | None

    def fits(self, method: str, raw_path: str) -> bool:
        if self.method not in (None, method):
            return False
        if self.path is None:
            return True
        path = _below(raw_path)
        return self.path in (path, _operation(path))


def pattern(method: str | None = None, path: str | None = None) -> Pattern:
    """Checked against the operations there are, so that a slip is no pattern that never fits.

    Args:
        method: such as "GET", in any case.
        path: as the API's documentation has it, such as "/users/{user_id}", whose braces stand
            for any segment; or one with ids in it. "/v1" in front may be left out.

    Raises:
        TypeError, ValueError: there is no such method or path.
    """
    for name, value in (("method", method), ("path", path)):
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name} must be str or None, not {type(value).__name__!r}")
    method = None if method is None else method.upper()
    if method not in (None, *_METHODS):
        raise ValueError(f"method must be one of {', '.join(_METHODS)}, not {method!r}")
    return Pattern(method, None if path is None else _path(path))


def _path(path: str) -> str:
    wanted = _below(path)
    if general(wanted) in _known():
        return general(wanted)
    if _operation(wanted) is None:
        near = difflib.get_close_matches(wanted, _known().values(), 3)
        hint = f"; is {' or '.join(near)} meant?" if near else ""
        raise ValueError(f"path: no operation has {path!r}{hint}")
    return wanted


def _operation(path: str) -> str | None:
    """The path with `{}` for each parameter of the operation that it leads to."""
    return next((form for form, regex in _regexes() if regex.fullmatch(path)), None)


def _below(path: str) -> str:
    """Without query and version."""
    return path.partition("?")[0].removeprefix(PREFIX)


@cache
def _known() -> dict[str, str]:
    """The paths by what `general` makes of them."""
    routes = (*ROUTES, *UNVERSIONED_ROUTES, *PUBLIC_ROUTES)
    return {general(_below(path)): _below(path) for _, path, _ in routes}


@cache
def _regexes() -> list[tuple[str, re.Pattern[str]]]:
    """In the order in which routes are looked for: "/users/count" is no id of a user."""
    forms = sorted(_known(), key=lambda form: [part == "{}" for part in form.split("/")])
    return [(form, re.compile(re.escape(form).replace(r"\{\}", "[^/]+"))) for form in forms]


def names(values: Collection[str]) -> str:
    return ", ".join(sorted(values))
