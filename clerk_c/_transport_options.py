"""Settings of a client's connections, checked as they are given; imported where there are some."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    AnyPath = str | os.PathLike[str]
    ClientCert = AnyPath | tuple[AnyPath, AnyPath] | tuple[AnyPath, AnyPath, str | bytes | None]

_PROXY_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
_LONG_MAX = 2**31 - 1


class TransportOptions:
    """What `Clerk` was told about its connections. `repr` shows no password."""

    __slots__ = (
        "ca_dir",
        "ca_file",
        "client_cert",
        "http2",
        "max_connections",
        "max_idle_connections",
        "max_response_bytes",
        "proxy",
    )

    def __init__(
        self,
        *,
        proxy: "str | None" = None,
        ca_file: "AnyPath | None" = None,
        ca_dir: "AnyPath | None" = None,
        client_cert: "ClientCert | None" = None,
        http2: bool = True,
        max_response_bytes: "int | None" = None,
        max_connections: "int | None" = None,
        max_idle_connections: "int | None" = None,
    ) -> None:
        if not isinstance(http2, bool):
            raise TypeError(f"http2 must be bool, not {type(http2).__name__!r}")
        self.proxy = None if proxy is None else _proxy(proxy)
        self.ca_file = None if ca_file is None else _file("ca_file", ca_file)
        self.ca_dir = None if ca_dir is None else _directory("ca_dir", ca_dir)
        self.client_cert = None if client_cert is None else _client_cert(client_cert)
        self.http2 = http2
        self.max_response_bytes = _count("max_response_bytes", max_response_bytes, 2**62)
        self.max_connections = _count("max_connections", max_connections, _LONG_MAX)
        self.max_idle_connections = _count("max_idle_connections", max_idle_connections, _LONG_MAX)

    def __repr__(self) -> str:
        shown = []
        for name in self.__slots__:
            value = getattr(self, name)
            if name == "proxy" and value:
                value = _without_password(value)
            if name == "client_cert" and value and value[2]:
                value = (*value[:2], "**********")
            shown.append(f"{name}={value!r}")
        return f"TransportOptions({', '.join(shown)})"

    @property
    def row(self) -> "tuple[bytes | bool | int | None, ...]":
        """For csrc/py/options.c, which knows the order."""
        cert, key, password = self.client_cert or (None, None, None)
        paths = (self.ca_file, self.ca_dir, cert, key)
        return (
            *(None if path is None else os.fsencode(path) for path in paths),
            password,
            None if self.proxy is None else self.proxy.encode(),
            not self.http2,
            self.max_connections or 0,
            self.max_idle_connections or 0,
        )


def _count(name: str, value: object, most: int) -> "int | None":
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be int or None, not {type(value).__name__!r}")
    if not 1 <= value <= most:
        raise ValueError(f"{name} must be from 1 to {most}")
    return value


def _path(name: str, value: object) -> str:
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{name} must be a path, not {type(value).__name__!r}")
    path = os.fsdecode(value)
    if "\0" in path:
        raise ValueError(f"{name}: a path cannot hold a zero character")
    # As it is now: the first request may come after a change of directory.
    return os.path.abspath(path)


def _file(name: str, value: object) -> str:
    path = _path(name, value)
    if not os.path.isfile(path) or not os.access(path, os.R_OK):
        raise ValueError(f"{name}: there is no readable file {path!r}")
    return path


def _directory(name: str, value: object) -> str:
    path = _path(name, value)
    if not os.path.isdir(path) or not os.access(path, os.R_OK | os.X_OK):
        raise ValueError(f"{name}: there is no readable directory {path!r}")
    return path


def _client_cert(value: object) -> "tuple[str, str, bytes | None]":
    if not isinstance(value, tuple):
        path = _file("client_cert", value)
        return path, path, None
    if len(value) not in (2, 3):
        raise ValueError("client_cert must be a path, (cert, key) or (cert, key, password)")
    password = value[2] if len(value) == 3 else None
    if isinstance(password, str):
        password = password.encode()
    if password is not None and not isinstance(password, bytes):
        kind = type(password).__name__
        raise TypeError(f"client_cert: the password must be str, bytes or None, not {kind!r}")
    if password is not None and b"\0" in password:
        raise ValueError("client_cert: the password cannot hold a zero character")
    return _file("client_cert", value[0]), _file("client_cert", value[1]), password


def _proxy(value: object) -> str:
    """The URL as it is. No error shows it, since there may be a password in it."""
    if not isinstance(value, str):
        raise TypeError(f"proxy must be str or None, not {type(value).__name__!r}")
    if not value:
        return value  # none, whatever the environment says
    from urllib.parse import urlsplit

    if not value.isascii() or any(c <= " " or c == "\x7f" for c in value):
        raise ValueError("proxy must be a URL of ASCII characters without spaces")
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("proxy is not a valid URL") from None
    if parts.scheme not in _PROXY_SCHEMES or "://" not in value:
        raise ValueError(
            f"proxy must be a URL that begins with {', '.join(_PROXY_SCHEMES)} and '://'"
        )
    if not host or port == 0:
        raise ValueError("proxy must be a URL with a host, such as 'http://proxy.example:3128'")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("proxy must be a URL without a path, query or fragment")
    return value


def _without_password(proxy: str) -> str:
    scheme, _, rest = proxy.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{'**********' if user else ''}{at}{host}"


def certifi_file() -> "bytes | None":
    """The file of CA certificates in certifi, if that is installed; found without importing it."""
    from importlib.util import find_spec

    try:
        spec = find_spec("certifi")
    except (ImportError, ValueError):
        return None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = os.path.join(folder, "cacert.pem")
        if os.access(path, os.R_OK):
            return os.fsencode(path)
    return None


def ca_source() -> "tuple[str | None, str | None, str | None]":
    """Which CA certificates a client without `ca_file` and `ca_dir` uses.

    Returns:
        Where they were found ("environment", "libcurl", "system", "certifi", or None if nowhere),
        a file that holds them or None, and a directory that holds them or None.
    """
    from importlib import import_module

    source, file, folder = import_module("clerk_c._net").ca_find()
    if source is None and (found := certifi_file()) is not None:
        return "certifi", os.fsdecode(found), None
    return source, file, folder
