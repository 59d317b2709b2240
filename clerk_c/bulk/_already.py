"""Was this row done before? What answers that for rows whose request got no usable answer.

A look-up tells "yes" with what was found, or "no, as far as can be seen". The second is as good as
the server's own uniqueness: a request may still be on its way. Hence the pause before a look-up,
and the second look-up where the repeated request is refused.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

_IDEMPOTENT = frozenset(("GET", "HEAD", "PUT", "DELETE"))

Already = Callable[..., Any]


class Found(NamedTuple):
    """An answer of a look-up: the thing is there. `differs`: but not as the row says."""

    result: Any
    differs: str = ""


class Strategy(NamedTuple):
    """How to deal with uncertain rows. Neither: they are reported."""

    look: Callable[[Any, Mapping[str, Any], Mapping[str, Any]], Awaitable[Found | None]] | None
    repeat: bool
    name: str

    def fits(self, arguments: Mapping[str, Any]) -> bool:
        """Can anything be found out about a row with these arguments?"""
        if self.repeat or self.look is None:
            return self.repeat
        fields = getattr(self.look, "fields", None)
        return fields is None or any(_value(arguments, field) for field in fields)


def strategy(already: Any, operation: Mapping[str, Any]) -> Strategy:
    """What `already=` means for an operation. Raises TypeError or ValueError."""
    name = f"{operation['group']}.{operation['name']}"
    fields = _LOOKUPS.get(name, {})
    if already is None:
        return Strategy(None, False, "none")
    if callable(already):
        return Strategy(_Own(already), False, getattr(already, "__qualname__", "function"))
    if not isinstance(already, str):
        raise TypeError(
            "already must be 'auto', 'repeat', the name of a parameter, a function of a client and"
            f" a row, or None, not {type(already).__name__!r}"
        )
    if already == "repeat" or (already == "auto" and operation["method"] in _IDEMPOTENT):
        return Strategy(None, True, already)
    if already == "auto":
        return Strategy(_ByField(fields, [*fields]) if fields else None, False, already)
    if already not in fields:
        known = f"it can be {', '.join(map(repr, fields))}" if fields else "pass a function"
        raise ValueError(f"already: nothing finds {already!r} for {name}; {known}")
    return Strategy(_ByField(fields, [already]), False, already)


class _Own:
    """A function of the program's: already(clerk, row), plain or async."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    async def __call__(
        self, clerk: Any, arguments: Mapping[str, Any], row: Mapping[str, Any]
    ) -> Found | None:
        from .._loops import in_thread

        if inspect.iscoroutinefunction(self._function):
            result = await self._function(clerk, row)
        else:
            result = await in_thread(self._function, (clerk, row))
            if inspect.isawaitable(result):
                result = await result
        return Found(result) if result else None


class _ByField:
    """The look-ups known for an operation, by the first of these parameters that a row has."""

    def __init__(self, lookups: Mapping[str, Any], fields: list[str]) -> None:
        self._lookups = lookups
        self.fields = fields

    async def __call__(
        self, clerk: Any, arguments: Mapping[str, Any], row: Mapping[str, Any]
    ) -> Found | None:
        given = arguments.get("request", arguments)
        field = next(field for field in self.fields if _value(arguments, field))
        for thing in await self._lookups[field](clerk, given, _value(arguments, field)):
            differing = [name for name in given if not _agrees(name, given[name], thing)]
            text = f"there is one with this {field}, but with another {' and '.join(differing)}"
            return Found(thing, text if differing else "")
        return None


def _value(arguments: Mapping[str, Any], field: str) -> str | None:
    """The text that a row can be found by."""
    value = arguments.get("request", arguments).get(field)
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    return value if isinstance(value, str) and value else None


# Parameters that what was made shows under the same name.
_COMPARED = frozenset(
    (
        *("external_id", "first_name", "last_name", "username", "slug", "name", "role"),
        *("public_metadata", "private_metadata", "unsafe_metadata"),
    )
)
_CONTACTS = {
    "email_address": ("email_addresses", "email_address"),
    "phone_number": ("phone_numbers", "phone_number"),
    "web3_wallet": ("web3_wallets", "web3_wallet"),
}


def _agrees(name: str, given: Any, thing: Any) -> bool:
    """Is what was found as the row has it, in this parameter, as far as it shows?"""
    if name in _CONTACTS and isinstance(given, (list, tuple)):
        members, member = _CONTACTS[name]
        there = {_folded(getattr(one, member, None)) for one in getattr(thing, members, None) or ()}
        return {_folded(one) for one in given} <= there
    if name not in _COMPARED or not hasattr(thing, name):
        return True
    there = getattr(thing, name)
    return bool(_folded(given or None) == _folded(there or None))


def _folded(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value


# Look-ups: (clerk, arguments, value) -> things that might be it


def _user_by(parameter: str) -> Any:
    async def find(clerk: Any, given: Mapping[str, Any], value: str) -> list[Any]:
        return list(await clerk.users.list_async(request={parameter: [value]}, retries=None))

    return find


async def _organization_by_slug(clerk: Any, given: Mapping[str, Any], value: str) -> list[Any]:
    from ..models import ClerkErrors

    try:
        return [await clerk.organizations.get_async(organization_id=value, retries=None)]
    except ClerkErrors as error:
        if error.status_code == 404:
            return []
        raise


async def _invitation_by_address(clerk: Any, given: Mapping[str, Any], value: str) -> list[Any]:
    found = await clerk.invitations.list_async(query=value, limit=100, retries=None)
    same = [one for one in found if _folded(one.email_address) == _folded(value)]
    return [one for one in same if one.status in ("pending", "accepted")]


async def _membership(clerk: Any, given: Mapping[str, Any], value: str) -> list[Any]:
    found = await clerk.organization_memberships.list_async(
        organization_id=given["organization_id"], user_id=[value], retries=None
    )
    return [one for one in found.data if one.public_user_data.user_id == value]


_LOOKUPS: dict[str, dict[str, Any]] = {
    "users.create": {
        name: _user_by(name)
        for name in ("external_id", "email_address", "username", "phone_number", "web3_wallet")
    },
    "organizations.create": {"slug": _organization_by_slug},
    "invitations.create": {"email_address": _invitation_by_address},
    "organization_memberships.create": {"user_id": _membership},
}
