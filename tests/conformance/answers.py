"""Answers out of the schema: JSON that fits a type, and JSON that nearly does."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from generate import ENUMS, MODELS, TEXTS, UNIONS, Row, Type, parse, wire_name


@dataclass
class Answers:
    """Makes JSON that fits the schema, and some that nearly does."""

    random: Random
    style: str = "mixed"  # or "minimal", "maximal"

    def value(self, what: Type) -> Any:
        if what.null and (self.style == "minimal" or self._chance(0.25)):
            return None
        made: Any = getattr(self, "_" + what.kind)(replace(what, null=False))
        return made

    def model(self, name: str) -> Any:
        made = {}
        for field in MODELS[name]["fields"]:
            if "default" in field and (self.style == "minimal" or self._chance(0.3)):
                continue
            made[wire_name(field)] = self._secret(field) or self.value(parse(field["type"]))
        if self._chance(0.2):
            made["unknown_member"] = {"a": [1, None]}
        return made

    def _chance(self, odds: float) -> bool:
        return self.style == "mixed" and self.random.random() < odds

    def _secret(self, field: Row) -> Any:
        """Texts that are told apart in a repr, for fields that may hide them."""
        if parse(field["type"]).kind != "str" or not self._chance(0.5):
            return None
        return f"secret:{self.random.randrange(10**6)}"

    def _str(self, what: Type) -> Any:
        return "text" if self.style != "mixed" else self.random.choice(TEXTS)

    def _int(self, what: Type) -> Any:
        if self._chance(0.2):
            return self.random.choice([2**63, -(2**80), "12", 5.0, True])
        return self.random.choice([0, 1, -7, 1700000000000])

    def _float(self, what: Type) -> Any:
        return self.random.choice([0.1, 1, -0.0, 1e300, "2.5"] if self._chance(0.5) else [1.5])

    def _bool(self, what: Type) -> Any:
        return self.random.choice([True, False, 1, "no"] if self._chance(0.2) else [True, False])

    def _datetime(self, what: Type) -> Any:
        return self.random.choice(
            ["2024-02-29T12:30:00Z", "2024-02-29T12:30:00.12+05:30", 17092098]
        )

    def _date(self, what: Type) -> Any:
        return "2024-02-29"

    def _any(self, what: Type) -> Any:
        return self.random.choice([None, 1, 1.5, "x", [], {}, [1, {"a": None}], {"a": {"b": []}}])

    def _const(self, what: Type) -> Any:
        return json.loads(what.name)

    def _enum(self, what: Type) -> Any:
        row = ENUMS[what.name]
        if row["open"] and self._chance(0.3):
            return "unheard of"
        return self.random.choice(row["members"])["value"]

    def _union(self, what: Type) -> Any:
        variant = self.random.choice(UNIONS[what.name]["variants"])
        made = self.value(parse(variant["type"]))
        if "discriminator" in UNIONS[what.name]:  # which the variant may call optional
            made[UNIONS[what.name]["discriminator"]] = variant["tag"]
        return made

    def _model(self, what: Type) -> Any:
        return self.model(what.name)

    def _list(self, what: Type) -> Any:
        assert what.item is not None
        size = self.random.randrange(3) if self.style == "mixed" else 1
        return [self.value(what.item) for _ in range(size)]

    def _dict(self, what: Type) -> Any:
        assert what.item is not None
        keys = ("key", "with space", "ü")[: self.random.randrange(4)]
        return {key: self.value(what.item) for key in keys}


def spoil(value: Any, random: Random) -> Any:
    """A copy in which one thing, anywhere, was replaced or left out."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        key = random.choice(list(value))
        rest = {k: v for k, v in value.items() if k != key}
        return rest if random.random() < 0.2 else {**value, key: spoil(value[key], random)}
    if isinstance(value, list) and value and random.random() < 0.85:
        index = random.randrange(len(value))
        return [*value[:index], spoil(value[index], random), *value[index + 1 :]]
    return random.choice([None, True, 2, 2.5, "", "text", "1", [], ["x"], {}, {"object": "x"}])


def response_for(row: Row, random: Random, style: str = "mixed") -> tuple[int, Any]:
    """A documented success of an operation: status and JSON body."""
    good = [r for r in row["responses"] if r["outcome"] in ("json", "none")]
    response = random.choice(good)
    status = int(response["status"][0].replace("XX", "00"))
    if response["outcome"] == "none":
        return status, b""
    return status, Answers(random, style).value(parse(response["type"]))
