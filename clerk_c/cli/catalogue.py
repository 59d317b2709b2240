"""The operations as the command line has them: all of it comes out of the tables."""

from __future__ import annotations

from .. import _core
from ..sdk import Clerk
from .failures import UsageError, nearest
from .options import BY_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DESTRUCTIVE = frozenset(
    (
        *("ban", "cancel", "change", "delete", "disable", "lock", "reject", "remove"),
        *("replace", "revert", "revoke", "rotate"),
    )
)


def kebab(name: str) -> str:
    """A name as it is written on the command line."""
    return name.strip("_").replace("_", "-").lower()


def bare(name: str) -> str:
    """A name without what its spellings differ in: user_id, userId and user-id are one."""
    return name.replace("_", "").replace("-", "").lower()


class Parameter:
    """A parameter of an operation, or a member of its request."""

    def __init__(
        self, name: str, place: str, tree: Any, required: bool, deprecated: bool, default: Any
    ) -> None:
        self.name = name
        self.place = place
        self.required = required
        self.deprecated = deprecated
        self.default = default
        self.type = tree
        self.flag = kebab(name)
        if self.flag in BY_NAME:
            self.flag = f"param-{self.flag}"

    @property
    def item(self) -> Any:
        """The type of one value: of a list, that of its elements."""
        return self.type[1] if self.type[0] == "list" else self.type

    @property
    def is_list(self) -> bool:
        return bool(self.type[0] == "list")

    @property
    def is_switch(self) -> bool:
        """Written without a value."""
        return self.type[0] == "bool" or (self.type[0] == "const" and self.type[1] is True)

    @property
    def is_nullable(self) -> bool:
        """Is None sent as null? Elsewhere it is the same as nothing."""
        return bool(self.type[2] and self.type[3])

    @property
    def is_file(self) -> bool:
        """The file of an upload."""
        kind, detail, *_ = self.type
        return kind == "model" and any(
            field[2][0] == "content" for field in detail.__clerk_fields__()
        )


class Operation:
    """A row of the tables and its parameters."""

    def __init__(self, group: str, name: str, function: Any) -> None:
        row = _core.describe(function)
        self.group = group
        self.name = name
        self.function = function
        self.method: str = row["method"]
        self.path: str = row["path"]
        self.result: str = row["result"]
        self.deprecated: bool = row["deprecated"]
        self.secured: bool = row["secured"]
        self.words = f"{kebab(group)} {kebab(name)}"
        self.request: str | None = None  # "members" or "whole": the parameter `request` is there
        self.parameters: list[Parameter] = []
        defaults = {entry[0]: entry[3] for entry in row["parameters"]}
        for found, place, tree, required, deprecated in _core.parameters(function):
            if place == "request" and tree[0] in ("model", "union"):
                self.request = "members"
                self.parameters += _members(tree)
                continue
            if place == "request":
                self.request = "whole"
            self.parameters.append(
                Parameter(found, place, tree, required, deprecated, defaults[found])
            )
        self.by_flag = {parameter.flag: parameter for parameter in self.parameters}

    @property
    def is_destructive(self) -> bool:
        """Does it end, take away or overwrite something?"""
        words = self.name.removeprefix("bulk_").split("_")
        return self.method == "DELETE" or words[0] in _DESTRUCTIVE

    @property
    def in_path(self) -> list[Parameter]:
        """The parameters of the path, in its order: the signature has them in the same one."""
        return [parameter for parameter in self.parameters if parameter.place == "path"]


def _members(tree: Any) -> list[Parameter]:
    """The members of a request that is a model, or one of several."""
    models = [tree[1]] if tree[0] == "model" else [variant[1] for _, variant in tree[1][2]]
    found: dict[str, list[Any]] = {}
    for model in models:
        for name, _, inner, required, default, deprecated in model.__clerk_fields__():
            found.setdefault(name, []).append((inner, required, default, deprecated))
    return [
        Parameter(
            name,
            "request",
            rows[0][0],
            len(rows) == len(models) and all(row[1] for row in rows),
            rows[0][3],
            rows[0][2],
        )
        for name, rows in found.items()
    ]


def groups() -> list[str]:
    """Names of the groups, as attributes of a client."""
    return list(_client()._groups())


def _client() -> Clerk:
    """A client to look at; whatever the environment says."""
    return Clerk(response_validation="tolerant")


def find_group(word: str) -> str | None:
    """The group that a word names, in the plural or the singular."""
    wanted = bare(word)
    known = groups()
    for group in known:
        if bare(group) == wanted:
            return group
    return next((group for group in known if bare(_singular(group)) == wanted), None)


def operations(group: str) -> dict[str, Any]:
    """The operations of a group by name, as functions."""
    members = vars(type(getattr(_client(), group)))
    return {
        name: member
        for name, member in members.items()
        if type(member).__name__ == "Operation" and not name.endswith("_async")
    }


def aliases(group: str, names: list[str]) -> dict[str, str]:
    """Shorter names of operations whose names repeat that of the group, and of o_auth."""
    one, found = _singular(group), {}
    for name in names:
        verb, _, rest = name.partition("_")
        short = verb
        if rest.startswith(f"{one}_"):
            short = f"{verb}_{rest[len(one) + 1 :]}"
        elif rest == group and f"{verb}_{one}" in names:
            short = "list" if verb == "get" else ""
        elif rest not in (one, group):
            short = name.replace("o_auth", "oauth")
        if short and short not in names and short not in found:
            found[short] = name
    return found


def find_operation(group: str, word: str) -> Operation:
    """The operation that a word names.

    Raises:
        UsageError: there is none.
    """
    known = operations(group)
    others = aliases(group, [*known])
    for name in (*known, *others):
        if bare(name) == bare(word):
            name = others.get(name, name)
            return Operation(group, name, known[name])
    raise UsageError(
        f"{kebab(group)} has no operation {word!r}",
        nearest(word, map(kebab, (*known, *others)))
        or f"clerk-c {kebab(group)} --help shows them all",
    )


def _singular(group: str) -> str:
    if group.endswith("ies"):
        return f"{group[:-3]}y"
    return group.removesuffix("s")
