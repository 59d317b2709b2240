"""From the schema to the rows of csrc/core/schema.h. A row is a tuple in
the order of its struct's members."""

from __future__ import annotations

from typing import Any

from .notation import parse
from .pools import NO_ROW, Pools, Rows, number_rows, public_unions

Json = dict[str, Any]

TABLES = (
    "types",
    "values",
    "fields",
    "models",
    "members",
    "enums",
    "variants",
    "unions",
    "error_classes",
    "params",
    "responses",
    "tags",
    "operations",
    "groups",
    "names",
)

PLACES = {
    "": "CK_PLACE_NONE",
    "path": "CK_PLACE_PATH",
    "query": "CK_PLACE_QUERY",
    "header": "CK_PLACE_HEADER",
    "body": "CK_PLACE_BODY",
    "body_field": "CK_PLACE_BODY_FIELD",
    "request": "CK_PLACE_REQUEST",
    "part": "CK_PLACE_PART",
    "part_file": "CK_PLACE_PART_FILE",
    "file_name": "CK_PLACE_FILE_NAME",
    "file_content": "CK_PLACE_FILE_CONTENT",
    "file_type": "CK_PLACE_FILE_TYPE",
    "security": "CK_PLACE_SECURITY",
}

REQUIRED, DEPRECATED, OPTIONAL, KEEP_NULL, EXPLODE = 1, 2, 4, 8, 16
SERIALIZER, EXTRA, MODEL_DEPRECATED = 1, 2, 8
ENUM_OPEN, ENUM_INT = 1, 2
OP_DEPRECATED, OP_NO_AUTH, OP_BODY_REQUIRED, OP_BODY_NULL_OMITTED = 1, 2, 4, 8

BODY_KINDS = {
    "json": "CK_BODY_JSON",
    "multipart": "CK_BODY_MULTIPART",
}


class Tables:
    """All tables of one schema."""

    def __init__(self, schema: Json) -> None:
        self._schema = schema
        self.pools = Pools(schema)
        self._text = self.pools.texts.put
        self.rows = {name: Rows(name) for name in TABLES}
        self.rows["types"] = self.pools.types
        self.rows["values"] = self.pools.values
        self._field_rows: dict[str, int] = {}
        self._group_rows = number_rows([{"name": row["attribute"]} for row in schema["groups"]])
        self._check_uniform()
        self._add_models()
        self._add_enums()
        self._add_unions()
        self._add_errors()
        self._add_operations()
        self._add_names()

    def _check_uniform(self) -> None:
        """The engine has no column for what is the same everywhere."""
        for row in self._schema["operations"]:
            if row["retry_codes"] != ["5XX"]:
                raise ValueError(f"{row['operation_id']}: other retry codes")
            if row["error_codes"] != ["4XX", "5XX"]:
                raise ValueError(f"{row['operation_id']}: other error codes")
            for parameter in row["parameters"]:
                if "uncoerced" in parameter:
                    raise ValueError(f"{row['operation_id']}: {parameter['name']} is not coerced")

    def _type(self, notation: str | None) -> int:
        return NO_ROW if notation is None else self.pools.type(parse(notation))

    def _model(self, notation: str | None) -> int:
        """Row of the model that a notation names, if it names one."""
        if notation is None or parse(notation).kind != "model":
            return NO_ROW
        return self.pools.row_of["model"][parse(notation).name]

    # Models, enums, unions, errors

    def _add_models(self) -> None:
        for index, row in enumerate(self._schema["models"]):
            if self._type(f"model:{row['name']}") != index:
                raise AssertionError("type row i is to be model row i")
        for row in self._schema["models"]:
            first = len(self.rows["fields"].rows)
            for field in row["fields"]:
                self._add_field(row, field)
            flags = SERIALIZER * row["serializer"]
            flags |= MODEL_DEPRECATED * row.get("deprecated", False)
            if "extra" in row:
                if row["extra"] != "allow":
                    raise ValueError(f"{row['name']}: extra={row['extra']}")
                flags |= EXTRA
            self.rows["models"].append(
                (
                    self._text(row["name"]),
                    self._text(row["module"]),
                    first,
                    len(row["fields"]),
                    flags,
                )
            )

    def _add_field(self, model: Json, field: Json) -> None:
        name: str = field["name"]
        alias: str = field.get("alias", name)
        key = alias or name  # what the serializer looks up in its sets
        flags = self._flags(field)
        if key in model.get("optional_fields", ()):
            flags |= OPTIONAL
        if key in model.get("nullable_fields", ()):
            flags |= KEEP_NULL
        self._field_rows[f"{model['name']}.{name}"] = self.rows["fields"].append(
            (
                self._text(name),
                self._text(alias),
                self._type(field["type"]),
                self._default(field),
                NO_ROW,
                flags,
                PLACES[field.get("place", "")],
            )
        )

    def _flags(self, field: Json) -> int:
        marks = {"required": REQUIRED, "deprecated": DEPRECATED, "explode": EXPLODE}
        return sum(bit for key, bit in marks.items() if field.get(key))

    def _default(self, field: Json) -> int:
        if field.get("required"):
            return NO_ROW
        return self.pools.value(field["default"])

    def _add_enums(self) -> None:
        members = self.rows["members"]
        for row in self._schema["enums"]:
            is_int = row["base"] == "int"
            first = len(members.rows)
            for member in row["members"]:
                members.append(
                    (
                        self._text(member["name"]),
                        self._text("" if is_int else member["value"]),
                        member["value"] if is_int else 0,
                    )
                )
            self.rows["enums"].append(
                (
                    self._text(row["name"]),
                    self._text(row["module"]),
                    first,
                    len(row["members"]),
                    ENUM_OPEN * row["open"] | ENUM_INT * is_int,
                )
            )

    def _add_unions(self) -> None:
        variants = self.rows["variants"]
        for row in public_unions(self._schema):
            first = len(variants.rows)
            for variant in row["variants"]:
                variants.append(
                    (
                        self._type(variant["type"]),
                        self._text(variant.get("tag", "")),
                    )
                )
            self.rows["unions"].append(
                (
                    self._text(row["name"]),
                    self._text(row["module"]),
                    self._text(row.get("discriminator", "")),
                    first,
                    len(row["variants"]),
                    0,
                )
            )

    def _add_errors(self) -> None:
        for row in self._schema["errors"]:
            self.rows["error_classes"].append(
                (
                    self._text(row["name"]),
                    self._text(row["module"]),
                    self._model(row.get("data")),
                )
            )

    # Operations

    def _add_operations(self) -> None:
        for group in self._schema["groups"]:
            first = len(self.rows["operations"].rows)
            for row in self._schema["operations"]:
                if row["group"] == group["attribute"]:
                    self._add_operation(row)
            self.rows["groups"].append(
                (
                    self._text(group["attribute"]),
                    self._text(group["class"]),
                    self._text(group["module"]),
                    first,
                    len(self.rows["operations"].rows) - first,
                )
            )

    def _add_operation(self, row: Json) -> None:
        body = row["body"] or {}
        first_param = len(self.rows["params"].rows)
        for parameter in row["parameters"]:
            self._add_param(parameter)
        first_response = len(self.rows["responses"].rows)
        for response in row["responses"]:
            self._add_response(response)
        first_tag = len(self.rows["tags"].rows)
        for tag in row["tags"]:
            self.rows["tags"].append((self._text(tag),))
        self.rows["operations"].append(
            (
                self._text(row["name"]),
                self._text(row["method"]),
                self._text(row["path"]),
                self._text(row["operation_id"]),
                self._text(row["accept"]),
                self._group_rows[row["group"]],
                first_param,
                len(row["parameters"]),
                self._model(row["request"]),
                self._type(body.get("type")),
                first_response,
                len(self.rows["responses"].rows) - first_response,
                self._type(row["result"]),
                first_tag,
                len(row["tags"]),
                BODY_KINDS[body["kind"]] if body else "CK_BODY_NONE",
                OP_DEPRECATED * row["deprecated"]
                | OP_NO_AUTH * (not row["security"])
                | OP_BODY_REQUIRED * body.get("required", False)
                | OP_BODY_NULL_OMITTED * body.get("omitted_when_none", False),
            )
        )

    def _add_param(self, row: Json) -> None:
        ref = self._field_rows[row["field"]] if "field" in row else NO_ROW
        name: str = row["name"]
        wire_name: str = row.get("wire_name", name)
        self.rows["params"].append(
            (
                self._text(name),
                self._text(wire_name),
                self._type(row["type"]),
                self._default(row),
                ref,
                self._flags(row),
                PLACES[row["place"]],
            )
        )

    def _add_response(self, row: Json) -> None:
        outcome, ref = {
            "json": ("CK_RETURN_JSON", self._type(row.get("type"))),
            "none": ("CK_RETURN_NONE", NO_ROW),
            "sdk_error": ("CK_RAISE_SDK", NO_ROW),
            "error": (
                "CK_RAISE_CLASS",
                self.pools.row_of["error"].get(row.get("error", ""), NO_ROW),
            ),
        }[row["outcome"]]
        if row["content"] not in ("*", "application/json"):
            raise ValueError(f"a response of type {row['content']}")
        for status in row["status"]:
            number = int(status.removesuffix("XX"))
            self.rows["responses"].append((number, ref, outcome, int(row["content"] == "*")))

    # Names

    def _add_names(self) -> None:
        names: dict[str, tuple[str, int]] = {}
        row_of = self.pools.row_of
        for kind, symbol in (
            ("model", "CK_NAME_MODEL"),
            ("enum", "CK_NAME_ENUM"),
            ("union", "CK_NAME_UNION"),
            ("error", "CK_NAME_ERROR"),
        ):
            for name, row in row_of[kind].items():
                names[name] = (symbol, row)
        for typed in self._schema["typed_dicts"]:
            row = row_of["model"][typed["mirrors"]]
            names[typed["name"]] = ("CK_NAME_TYPED_DICT", row)
        for union in self._schema["unions"]:
            if union["name"] not in names:
                row = row_of["union"][union["name"].removesuffix("TypedDict")]
                names[union["name"]] = ("CK_NAME_TYPED_DICT_UNION", row)
        for alias in self._schema["aliases"]:
            names[alias["name"]] = names[alias["of"]]
        for name in sorted(names, key=str.encode):
            self.rows["names"].append((self._text(name), *names[name]))
