"""What makes an application under test reach the stand-in: variables, and the default servers of
clerk_c and clerk_backend_api.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

_API = "https://api.clerk.com"
# A developer's own, which would have tokens of the stand-in refused.
_UNSET = ("CLERK_JWT_KEY", "CLERK_MACHINE_SECRET_KEY")
_NO_PROXY = ("no_proxy", "NO_PROXY")


class Environment:
    """Sets environment variables and default servers until it is left.

    A client that names no server, of clerk_c or of clerk_backend_api, then talks to the
    stand-in instead of Clerk: an application need not be changed for its tests, and cannot
    reach Clerk by mistake. Clients that were made before keep their server.
    """

    def __init__(self, variables: Mapping[str, str], url: str) -> None:
        self._variables = dict(variables)
        self._url = url
        self._undo: list[Callable[[], None]] = []
        self._reference_is_done = False

    def __enter__(self) -> Environment:
        if self._undo:
            raise RuntimeError("this environment is entered already")
        try:
            self._begin()
        except BaseException:
            self._end()
            raise
        return self

    def _begin(self) -> None:
        from clerk_c import sdk, sdkconfiguration
        from clerk_c.security import _opaque, jwks

        for name, value in self._variables.items():
            self._set_variable(name, value)
        for name in _UNSET:
            self._set_variable(name, None)
        for name in _NO_PROXY:
            before = os.environ.get(name)
            self._set_variable(name, ",".join(filter(None, (before, "127.0.0.1", "localhost"))))
        for module in (sdk, sdkconfiguration):
            self._put(module, "SERVERS", (self._url,))
        for place in (_opaque, jwks):
            self._put(place, "api_root", _redirected(place.api_root, self._url))
        self.include_reference()

    def include_reference(self) -> None:
        """Redirects clerk_backend_api, if the program has imported it and this is not done."""
        official = sys.modules.get("clerk_backend_api")
        if official is None or self._reference_is_done or not self._undo:
            return
        servers = getattr(sys.modules.get("clerk_backend_api.sdkconfiguration"), "SERVERS", None)
        if not isinstance(servers, list):
            return  # clerk_c under the other name
        self._reference_is_done = True
        before = list(servers)
        servers[:] = [self._url]
        self._undo.append(lambda: servers.__setitem__(slice(None), before))
        from clerk_backend_api.security.types import VerifyTokenOptions as options

        origin = self._url.rpartition("/")[0]
        defaults = options.__init__.__defaults__ or ()
        changed = tuple(origin if value == _API else value for value in defaults)
        self._put(options.__init__, "__defaults__", changed)

    def _put(self, owner: Any, name: str, value: Any) -> None:
        before = getattr(owner, name)
        setattr(owner, name, value)
        self._undo.append(lambda: setattr(owner, name, before))

    def _set_variable(self, name: str, value: str | None) -> None:
        before = os.environ.get(name)
        _set(name, value)
        self._undo.append(lambda: _set(name, before))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        while self._undo:
            self._undo.pop()()
        self._reference_is_done = False


def forget_keys(secret_key: str) -> None:
    """Has verification in this process fetch the keys of an instance anew: a test before may have
    made that fail.
    """
    jwks = sys.modules.get("clerk_c.security.jwks")
    if jwks is None:
        return
    for place in list(jwks.keepers):
        if place[0] == secret_key:
            jwks.keepers.pop(place, None)


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _redirected(api_root: Callable[..., str], url: str) -> Callable[..., str]:
    def root(api_url: Any, api_version: Any = "") -> str:
        given = api_root(api_url, api_version)
        host = url.rpartition("/")[0]
        return given.replace(_API, host, 1) if (given + "/").startswith(_API + "/") else given

    return root
