"""The one-line notation of types in schema/clerk.json.

    str  int  float  bool  datetime  date  any  content
    const:true        the one value allowed, as JSON
    enum:Name  model:Name  union:Name  typed:Name
    list[T]  dict[T]  (dict keys are always text)

followed by `|null` where None is a value and by `|unset` where UNSET is one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

SCALARS = frozenset({"str", "int", "float", "bool", "datetime", "date", "any", "content"})
NAMED = frozenset({"const", "enum", "model", "union", "typed"})
CONTAINERS = frozenset({"list", "dict"})


@dataclass(frozen=True)
class Type:
    """A type, taken apart. `name` goes with NAMED, `item` with CONTAINERS."""

    kind: str
    name: str = ""
    item: Type | None = None
    null: bool = False
    unset: bool = False

    def __str__(self) -> str:
        text = self.kind
        if self.kind in NAMED:
            text = f"{self.kind}:{self.name}"
        elif self.kind in CONTAINERS:
            text = f"{self.kind}[{self.item}]"
        return text + ("|null" if self.null else "") + ("|unset" * self.unset)

    def bare(self) -> Type:
        """The same type without `|null` and `|unset`."""
        return replace(self, null=False, unset=False)


def parse(text: str) -> Type:
    """Take a notation apart; ValueError when it is not one."""
    base, null, unset = text, False, False
    if base.endswith("|unset"):
        base, unset = base[: -len("|unset")], True
    if base.endswith("|null"):
        base, null = base[: -len("|null")], True
    if base in SCALARS:
        return Type(base, null=null, unset=unset)
    if base.endswith("]"):
        kind, _, inner = base[:-1].partition("[")
        if kind in CONTAINERS:
            return Type(kind, item=parse(inner), null=null, unset=unset)
    kind, colon, name = base.partition(":")
    if kind in NAMED and colon and name:
        return Type(kind, name=name, null=null, unset=unset)
    raise ValueError(f"not a type: {text!r}")
