"""Copies of clients, in this process and in others."""

import pickle
import sys
from typing import Any, Generic, TypeVar

Client = TypeVar("Client")

# Kept out of pickles unless the program asks for them.
_SECRET = ("bearer_auth", "proxy", "client_cert")
# Objects with connections, files or threads behind them.
_STAYS = ("client", "async_client")


class Portable(Generic[Client]):
    """Stands for a client where it is pickled, and takes its key along.

    Made by `Clerk.portable()`. Unpickling gives a client like the one it was made from, not yet
    connected. Whoever can read the pickle can read the key.
    """

    __slots__ = ("_clerk",)

    def __init__(self, clerk: Client) -> None:
        self._clerk = clerk

    def __reduce_ex__(self, protocol: Any) -> "tuple[Any, ...]":
        return reduced(self._clerk, with_key=True)

    def __repr__(self) -> str:
        return f"<portable {type(self._clerk).__name__}>"


def replaced(clerk: Any, settings: "dict[str, Any]") -> Any:
    """A client of the same class with other settings."""
    given = _current(clerk)
    for name in settings:
        if name not in given:
            raise TypeError(f"replace() got an unexpected keyword argument {name!r}")
    if "server_url" in settings:
        given["url_params"] = None
    return _restore(type(clerk), given | settings, _attributes(clerk))


def reduced(clerk: Any, with_key: bool) -> "tuple[Any, ...]":
    """What pickle makes a client of."""
    given = {
        name: value
        for name, value in _current(clerk).items()
        if value is not None or name == "retry_config"  # where None says something
    }
    for name in _STAYS:
        if name in given:
            raise TypeError(
                f"a Clerk with a {name} of the program's own cannot be pickled: connections do "
                f"not travel; pickle clerk.replace({name}=None)"
            )
    if not with_key:
        has_key = "bearer_auth" in given
        given = {name: value for name, value in given.items() if name not in _SECRET}
        if has_key:
            given["bearer_auth"] = missing_key
    for name, value in given.items():
        _check(name, value)
    return _restore, (type(clerk), given, _attributes(clerk))


def missing_key() -> str:
    """Stands for the key of a client that was pickled without it."""
    raise RuntimeError(
        "this client was pickled without its key: make one with it by "
        "clerk.replace(bearer_auth=...), or pickle clerk.portable(), which takes the key along"
    )


def _restore(cls: Any, given: "dict[str, Any]", attributes: "dict[str, Any]") -> Any:
    """A client made anew; of a program's own class without a call of its __init__."""
    from .sdk import Clerk

    clerk: Any = cls.__new__(cls)
    Clerk.__init__(clerk, **given)
    clerk.__dict__.update(attributes)
    return clerk


def _current(clerk: Any) -> "dict[str, Any]":
    """The arguments that would make such a client, with what was changed since."""
    given = dict(clerk._given)
    config = clerk.__dict__.get("_configuration")
    if config is None:
        return given
    from .sdkconfiguration import bearer_of, hooks_of
    from .utils.logger import NoOpLogger

    now = vars(config)
    for name in ("server_idx", "retry_config", "timeout_ms"):
        given[name] = now[name]
    for name in _STAYS:
        given[name] = now[name] if now[f"{name}_supplied"] else None
    logger = now["debug_logger"]
    given["debug_logger"] = None if type(logger) is NoOpLogger else logger
    given["server_url"], given["url_params"] = now["server_url"], None
    if now["security"] is not now["_security_given"]:
        given["bearer_auth"] = bearer_of(now["security"])
    given["hooks"] = hooks_of(config) or None
    return given


def _attributes(clerk: Any) -> "dict[str, Any]":
    """What a program has put on the client."""
    ours = {"_given", "_configuration", "_facts", *clerk._groups()}
    return {name: value for name, value in vars(clerk).items() if name not in ours}


def _check(name: str, value: Any) -> None:
    """Raises TypeError naming the setting that cannot be pickled."""
    try:
        pickle.dumps(value)
    except Exception as error:
        cloudpickle = sys.modules.get("cloudpickle")
        if cloudpickle is not None:  # it may be what is pickling us, and takes more
            try:
                cloudpickle.dumps(value)
                return
            except Exception:
                pass
        raise TypeError(
            f"this Clerk cannot be pickled: its {name} is {type(value).__name__!r}, "
            f"which cannot ({type(error).__name__})"
        ) from None
