"""Operations that list: what the tables say of them, and the arguments that they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from . import _core

_LIMIT = 100  # unless told otherwise


class Listing(NamedTuple):
    """An operation that lists: what the tables say of it."""

    name: str  # "users.list"
    parameters: frozenset[str]
    request: str | None  # the model that holds the parameters, where there is one
    items: str | None  # the member of the answer that is the list; None: it is the list
    most: int | None  # largest limit; None: it gives all at once
    paginated: bool  # can be told not to
    result: str  # its type, as text


def describe(row: Mapping[str, Any]) -> Listing | None:
    """None for an operation that lists nothing."""
    whole = row["result"].startswith("List[")
    items = None if whole else _member(row["result"])
    if row["method"] != "GET" or (not whole and items is None):
        return None
    parameters = {name: text for name, text, _, _ in row["parameters"]}
    request = None
    if "request" in parameters:
        request = parameters["request"].removeprefix("models.")
        fields = _core.export(request).model_fields
        parameters = {name: str(field.annotation) for name, field in fields.items()}
    most = None
    if {"limit", "offset"} <= parameters.keys():
        most = 100 if "float" in parameters["limit"] else 500
    name = f"{row['group']}.{row['name']}"
    paginated = "paginated" in parameters
    return Listing(name, frozenset(parameters), request, items, most, paginated, row["result"])


def _member(result: str) -> str | None:
    """The list of a model that is a page: `total_count` beside it."""
    if not result.startswith("models."):
        return None
    fields = getattr(_core.export(result.removeprefix("models.")), "model_fields", {})
    lists = [name for name, field in fields.items() if "List[" in str(field.annotation)]
    return lists[0] if len(lists) == 1 and "total_count" in fields else None


# Arguments


def listing_of(operation: Any, asynchronous: bool) -> Listing:
    plain = getattr(operation, "__func__", operation)
    name = getattr(plain, "__name__", None)
    try:
        row = _core.describe(_called(plain))
    except TypeError:
        raise TypeError(
            "operation must be a method of a client such as clerk.users.list,"
            f" not {type(operation).__name__!r}"
        ) from None
    whole = f"{row['group']}.{name}"
    if plain is operation:
        raise TypeError(f"operation: {whole} must be that of a client: clerk.{whole}")
    found = describe(row)
    if found is None:
        raise ValueError(f"operation: {whole} lists nothing")
    if str(name).endswith("_async") is not asynchronous:
        other = "apaginate" if not asynchronous else "paginate"
        raise TypeError(f"operation: {whole} is for {other}()")
    return found


def _called(operation: Any) -> Callable[..., Any]:
    if not callable(operation):  # numbers of rows are for us alone
        raise TypeError
    return operation  # type: ignore[no-any-return]


def flat(listing: Listing, arguments: dict[str, Any]) -> dict[str, Any]:
    """The parameters, those of a `request` among them."""
    if listing.request is not None and "request" in arguments:
        request = arguments.pop("request")
        if isinstance(request, _core.BaseModel):
            request = {name: getattr(request, name) for name in request.model_fields_set}
        elif request is not None and not isinstance(request, Mapping):
            raise TypeError(
                f"request must be models.{listing.request} or dict, not {type(request).__name__!r}"
            )
        arguments = {**(request or {}), **arguments}
    for name in arguments:
        if name not in listing.parameters:
            raise TypeError(f"{listing.name} takes no argument {name!r}")
    if arguments.get("paginated") is False:
        raise ValueError("paginated=False gives all at once: call the operation itself")
    return {name: _kept(value) for name, value in arguments.items()}


def _kept(value: Any) -> Any:
    """The same for each page and, for tokens, in each process."""
    if isinstance(value, Iterator):
        return list(value)
    return sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value


def page_size(listing: Listing, limit: Any) -> int:
    if limit is None:
        return _LIMIT
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise TypeError(f"limit must be int (elements) or None, not {type(limit).__name__!r}")
    if listing.most is None:
        raise ValueError(f"limit: {listing.name} gives all at once")
    if not 1 <= limit <= listing.most:
        raise ValueError(f"limit: {listing.name} gives between 1 and {listing.most} in a page")
    return limit


def first_offset(offset: Any) -> int:
    if offset is None or isinstance(offset, _core.UNSET.__class__):
        return 0
    if not isinstance(offset, int) or isinstance(offset, bool):
        raise TypeError(f"offset must be int or None, not {type(offset).__name__!r}")
    if offset < 0:
        raise ValueError("offset must not be negative")
    return offset
