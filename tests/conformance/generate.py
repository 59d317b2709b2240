"""Arguments out of the schema, the same for both packages.

Everything is drawn from a seeded source of chance, so that two makers with equal seeds make equal
values, each out of the classes of its own package.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from clerk_schema import notation  # noqa: E402

Type = notation.Type
parse = cache(notation.parse)

SCHEMA: dict[str, Any] = json.loads((ROOT / "schema/clerk.json").read_text(encoding="utf-8"))
OPERATIONS: list[dict[str, Any]] = SCHEMA["operations"]
MODELS = {row["name"]: row for row in SCHEMA["models"]}
ENUMS = {row["name"]: row for row in SCHEMA["enums"]}
UNIONS = {row["name"]: row for row in SCHEMA["unions"]}
ERRORS = {row["name"]: row for row in SCHEMA["errors"]}

Row = dict[str, Any]

TEXTS = [
    "text",
    "a b&c=ü*'()!~",
    "",
    "+1 (555) 010-9999",
    "50%25",
    "x/y?z#w",
    "日本 \U0001f600",
    "a\tb\nc",
    "\x7f\0\x01",
    'say "hi" \\ \u2028',
    "user@example.com",
    ";,:@$-_.",
    "null",
    "[]{}|^`<>",
]
SAFE_TEXTS = ["user_1", "a-b.c~d", "2Xy", "ABC_def-123"]  # in a path, raw and encoded are one
STYLES = ("minimal", "maximal", "null", "unset", "empty", "lax", "mixed", "wrong")
MOMENT = datetime(2024, 2, 29, 12, 30, 1, tzinfo=timezone.utc)
MOMENTS = [
    MOMENT,
    MOMENT.replace(microsecond=120),
    MOMENT.replace(tzinfo=None),
    MOMENT.astimezone(timezone(timedelta(hours=-5, minutes=-30))),
    date(2024, 1, 2),
    "2024-02-29T12:30:00Z",
    "2024-02-29 12:30:00.123456789+02:00",
    "2024-02-29T12:30",
    "1709209800.5",
    1709209800,
    1709209800123,
]
PLAIN = [None, True, 1, -(2**65), 1.0, 1e22, 5e-324, "text", "ü\U0001f600", "", "\0"]
ODD = [  # what programs put into metadata and expect to arrive
    Decimal("1.50"),
    UUID(int=1),
    datetime(2024, 1, 2, 3, 4, 5),
    date(2024, 1, 2),
    timedelta(seconds=90),
    timedelta(days=-1, microseconds=5),
    {1},
    (1, 2),
    deque([3]),
    float("nan"),
    float("inf"),
    b"bytes",
    {1: 2, False: True, 1.5: "x", None: 0},
    frozenset((4,)),
]


def wire_name(row: Row) -> str:
    name: str = row["name"]
    for key in ("alias", "wire_name"):
        name = row.get(key, name)
    return name


@dataclass
class Arguments:
    """Makes arguments for one call out of one package's classes.

    models: the module clerk_c.models or clerk_backend_api.models.
    """

    models: Any
    unset: Any
    random: Random
    style: str

    def call(self, row: Row) -> Row:
        """Keyword arguments for an operation."""
        given = {}
        spoilt = self.random.randrange(len(row["parameters"]) or 1)
        for index, parameter in enumerate(row["parameters"]):
            what = parse(parameter["type"])
            if "default" in parameter and self._leaves_out():
                continue
            if parameter["place"] == "path":
                given[parameter["name"]] = self._segment(what)
            elif self.style == "wrong" and index == spoilt:
                given[parameter["name"]] = self._wrong()
            else:
                given[parameter["name"]] = self.value(what)
        return given

    def value(self, what: Type) -> Any:
        """One value that fits a type, or should."""
        if what.unset and self._says("unset", 6):
            return self.unset
        if what.null and self._says("null", 6):
            return None
        made: Any = getattr(self, "_" + what.kind)(what)
        return made

    def model(self, name: str, **given: Any) -> Any:
        """An instance, or a dict by names or by wire names; some of its fields may be given."""
        form = self.random.choice(("instance", "instance", "names", "wire"))
        fields: Row = {}
        for field in MODELS[name]["fields"]:
            if field["name"] in given:
                fields[field["name"]] = given[field["name"]]
                continue
            if field.get("place") == "file_type":  # of which we refuse control characters
                fields[field["name"]] = self.random.choice([None, "image/png", "a; b=c"])
                continue
            key = wire_name(field) if form == "wire" else field["name"]
            if "default" in field and self._leaves_out():
                continue
            fields[key] = self.value(parse(field["type"]))
        if self.style in ("lax", "mixed") and self.random.random() < 0.1:
            fields["not_a_field"] = "dropped or kept"
        if form != "instance":
            return fields
        return getattr(self.models, name)(**fields)

    def _says(self, style: str, odds: int) -> bool:
        return self.style == style or (
            self.style in ("mixed", "wrong") and self.random.randrange(odds) == 0
        )

    def _leaves_out(self) -> bool:
        return self.style == "minimal" or (
            self.style in ("mixed", "wrong") and self.random.random() < 0.4
        )

    def _lax(self) -> bool:
        return self._says("lax", 4)

    def _segment(self, what: Type) -> Any:
        return self._enum(what) if what.kind == "enum" else self.random.choice(SAFE_TEXTS)

    def _wrong(self) -> Any:
        """Something that hardly any type takes."""
        return self.random.choice([object, [None], b"\xff", 1.5, "\ud800", range(3), -1])

    def _str(self, what: Type) -> Any:
        if self.style in ("minimal", "maximal"):
            return "text"
        text = self.random.choice(TEXTS)
        return (
            self.random.choice([text.encode(), bytearray(text.encode()), text, _Text(text)])
            if self._lax()
            else text
        )

    def _int(self, what: Type) -> Any:
        return (
            self.random.choice([7, " 12 ", "1_000", 3.0, True, b"5", Decimal(9), 2**70])
            if self._lax()
            else 500
        )

    def _float(self, what: Type) -> Any:
        return (
            self.random.choice([5, "1.5", True, Decimal("0.25"), 1e300, "1e3"])
            if self._lax()
            else 0.1
        )

    def _bool(self, what: Type) -> Any:
        if self._lax():
            return self.random.choice(["yes", "OFF", 1, 0.0, "t", b"true", False])
        return self.random.random() < 0.5

    def _datetime(self, what: Type) -> Any:
        return self.random.choice(MOMENTS)

    def _date(self, what: Type) -> Any:
        return self.random.choice([date(2024, 2, 29), "2024-02-29", datetime(2024, 2, 29)])

    def _any(self, what: Type) -> Any:
        return self._free(2)

    def _free(self, depth: int) -> Any:
        """A free-form value."""
        if depth and self.random.random() < 0.4:
            return [self._free(depth - 1) for _ in range(self.random.randrange(3))]
        if depth and self.random.random() < 0.4:
            return {f"k {i}": self._free(depth - 1) for i in range(self.random.randrange(3))}
        return self.random.choice(ODD if self._lax() else PLAIN)

    def _content(self, what: Type) -> Any:
        return self.random.choice([b"content \xff", b"", bytearray(b"x")])

    def _const(self, what: Type) -> Any:
        return json.loads(what.name)

    def _enum(self, what: Type) -> Any:
        member = self.random.choice(ENUMS[what.name]["members"])
        if self.random.random() < 0.5:
            return member["value"]
        return getattr(getattr(self.models, what.name), member["name"])

    def _union(self, what: Type) -> Any:
        union = UNIONS[what.name]
        variant = self.random.choice(union["variants"])
        variant_type = parse(variant["type"])
        if "tag" not in variant:
            return self.value(variant_type)
        # the tag as text, and even where the variant calls it optional
        return self.model(variant_type.name, **{union["discriminator"]: variant["tag"]})

    def _model(self, what: Type) -> Any:
        return self.model(what.name)

    def _list(self, what: Type) -> Any:
        assert what.item is not None
        size = 0 if self.style == "empty" else self.random.randrange(1, 4)
        items = [self.value(what.item) for _ in range(size)]
        form: Any = self.random.choice([tuple, deque, list]) if self._lax() else list
        return form(items)

    def _dict(self, what: Type) -> Any:
        assert what.item is not None
        if self.style == "empty":
            return {}
        if what.unset and self.style == "lax":  # the reference would drop it: see test_differences
            return {"key": None if what.item.null else "text"}
        return {key: self.value(what.item) for key in ("key", "clé d'été")}


class _Text(str):
    """A str subclass: not what is kept."""
