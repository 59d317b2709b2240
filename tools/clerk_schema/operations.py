"""Operations of the reference. Signatures come from introspection; what a
method's body says (route, body, responses) is read from its syntax tree,
because it is nowhere else."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import typing
from types import FunctionType, ModuleType
from typing import Any

from .models import Models, Row
from .notation import parse

COMMON = ("retries", "server_url", "timeout_ms", "http_headers")


def group_rows(package: str) -> list[Row]:
    """The resources of Clerk, in the order of its attributes."""
    sdk = importlib.import_module(f"{package}.sdk")
    rows = []
    for attribute, (module, name) in sdk.Clerk._sub_sdk_map.items():
        rows.append(
            {
                "attribute": attribute,
                "class": name,
                "module": module.rpartition(".")[2],
            }
        )
    return rows


def operation_rows(package: str, models: Models) -> list[Row]:
    """Every operation, by group, in the order of its class."""
    rows = []
    for group in group_rows(package):
        module = importlib.import_module(f"{package}.{group['module']}")
        source = ast.parse(inspect.getsource(module))
        cls = getattr(module, group["class"])
        for node in class_named(source, group["class"]).body:
            if isinstance(node, ast.FunctionDef):
                function = vars(cls)[node.name]
                reader = Operation(module, function, node, models)
                rows.append({"group": group["attribute"], **reader.row()})
    return rows


def class_named(source: ast.Module, name: str) -> ast.ClassDef:
    """The class of that name in a module's tree."""
    for node in source.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node
    raise LookupError(f"no class {name}")


class Operation:
    """Reads one method."""

    def __init__(
        self,
        module: ModuleType,
        function: FunctionType,
        node: ast.FunctionDef,
        models: Models,
    ) -> None:
        self._globals = vars(module)
        self._function = function
        self._node = node
        self._models = models
        self._annotations = models.annotations
        self._build = self._call("self._build_request")
        self._hook = self._call("HookContext")

    def row(self) -> Row:
        """The operation as a row of the schema."""
        places = self._places()
        return {
            "name": self._node.name,
            "method": ast.literal_eval(self._build["method"]),
            "path": ast.literal_eval(self._build["path"]),
            "operation_id": ast.literal_eval(self._hook["operation_id"]),
            "tags": self._tags(),
            "deprecated": bool(self._node.decorator_list),
            "accept": ast.literal_eval(self._build["accept_header_value"]),
            "security": "security" in self._build,
            "request": self._request_type(),
            "body": self._body(),
            "parameters": self._parameters(places),
            "responses": self._responses(),
            "result": self._type(self._node.returns),
            "error_codes": self._error_codes(),
            "retry_codes": self._retry_codes(),
        }

    # What the syntax tree says

    def _fail(self, what: str) -> TypeError:
        return TypeError(f"{self._function.__qualname__}: {what}")

    def _call(self, name: str) -> dict[str, ast.expr]:
        """Keywords of the only call of that name."""
        calls = [
            node
            for node in ast.walk(self._node)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == name
        ]
        if len(calls) != 1:
            raise self._fail(f"{len(calls)} calls of {name}")
        return {word.arg or "": word.value for word in calls[0].keywords}

    def _evaluate(self, node: ast.expr) -> Any:
        """The object that a type expression names."""
        code = compile(ast.Expression(node), "<reference>", "eval")
        return eval(code, self._globals)  # the reference's own expression

    def _type(self, node: ast.expr | None) -> str | None:
        if node is None or ast.unparse(node) == "None":
            return None
        return str(self._annotations.describe(self._evaluate(node)))

    def _assigned(self, name: str) -> list[ast.expr]:
        return [
            node.value
            for node in ast.walk(self._node)
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
        ]

    def _request(self) -> ast.Call | None:
        """The call that makes `request`: a model's constructor, or cast."""
        calls = [
            value
            for value in self._assigned("request")
            if isinstance(value, ast.Call) and ast.unparse(value.func) != "utils.unmarshal"
        ]
        if len(calls) > 1:
            raise self._fail("request is made twice")
        return calls[0] if calls else None

    def _request_type(self) -> str | None:
        call = self._request()
        if call is None:
            return None
        if ast.unparse(call.func) == "cast":
            return self._type(call.args[0])
        return self._type(call.func)

    def _serialized(self) -> tuple[str, list[ast.expr]] | None:
        """Arguments of serialize_request_body, with the name of the field
        of `request` that is the body ("" when it is request itself)."""
        function = self._build.get("get_serialized_body")
        if function is None:
            return None
        if not isinstance(function, ast.Lambda) or not isinstance(function.body, ast.Call):
            raise self._fail("get_serialized_body is no lambda with a call")
        args = function.body.args
        match = re.fullmatch(
            r"request(?:\.(\w+)(?: if request is not None else None)?)?",
            ast.unparse(args[0]),
        )
        if match is None or len(args) != 5:
            raise self._fail("body not understood")
        return match[1] or "", args

    def _body(self) -> Row | None:
        found = self._serialized()
        if found is None:
            return None
        field, args = found
        nullable, optional, kind = (ast.literal_eval(a) for a in args[1:4])
        if nullable:
            raise self._fail("a nullable body is not foreseen")
        return {
            "field": field or None,
            "kind": kind,
            "type": self._type(args[4]),
            "required": ast.literal_eval(self._build["request_body_required"]),
            "omitted_when_none": optional,
        }

    def _places(self) -> dict[str, Row]:
        """For each parameter that a constructor of `request` takes: the
        model and field it fills, and its place."""
        call = self._request()
        if call is None:
            return {}
        if ast.unparse(call.func) == "cast":
            return {"request": {"place": "request"}}
        found = self._serialized()
        body = found[0] if found else None
        places: dict[str, Row] = {}
        model = self._evaluate(call.func).__name__
        for word in call.keywords:
            field = word.arg or ""
            inner = word.value
            if isinstance(inner, ast.Call) and self._is_model(inner.func):
                if field != body:
                    raise self._fail(f"{field} is nested but not the body")
                nested = self._evaluate(inner.func).__name__
                for item in inner.keywords:
                    self._put(places, nested, item, "body_field")
            elif body == "":
                self._put(places, model, word, "body_field")
            else:
                self._put(places, model, word, "")
        return places

    def _is_model(self, node: ast.expr) -> bool:
        return ast.unparse(node).startswith("models.")

    def _put(self, places: dict[str, Row], model: str, word: ast.keyword, place: str) -> None:
        """Note which parameter fills model.field, straight or through one
        of the two helpers that coerce it to the field's own type."""
        value, field = word.value, word.arg or ""
        row = self._models.fields_of(model)[field]
        kind = parse(row["type"]).kind
        uncoerced = kind in ("list", "dict") and not isinstance(value, ast.Call)
        if isinstance(value, ast.Call):
            if ast.unparse(value.func) not in (
                "utils.unmarshal",
                "utils.get_pydantic_model",
            ):
                raise self._fail(f"{field}: unknown helper")
            if self._type(value.args[1]) != row["type"]:
                raise self._fail(f"{field}: coerced to another type")
            value = value.args[0]
        elif kind in ("model", "union"):
            raise self._fail(f"{field}: passed on without a helper")
        if not isinstance(value, ast.Name):
            raise self._fail(f"{field}: filled by no parameter")
        filled: Row = {
            "wire_name": row.get("alias", field),
            "type": row["type"],
            "place": place or row["place"],
        }
        if place == "body_field":
            filled["field"] = f"{model}.{field}"
        for key in ("style", "explode", "deprecated"):
            if key in row:
                filled[key] = row[key]
        if uncoerced:  # before release 6
            filled["uncoerced"] = True
        places[value.id] = filled

    def _parameters(self, places: dict[str, Row]) -> list[Row]:
        signature = inspect.signature(self._function)
        rows = []
        for parameter in list(signature.parameters.values())[1:]:
            if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
                raise self._fail(f"{parameter.name} is no keyword")
            if parameter.name in COMMON:
                continue
            place = dict(places.pop(parameter.name))
            if place["place"] == "request":
                place = {"type": self._request_type(), **place}
            row: Row = {"name": parameter.name, **place}
            if parameter.default is parameter.empty:
                row["required"] = True
            else:
                row["default"] = self._annotations.describe_value(parameter.default)
            self._check_marks(parameter, row["type"])
            rows.append(row)
        if places:
            raise self._fail(f"no parameters for {sorted(places)}")
        return rows

    def _check_marks(self, parameter: inspect.Parameter, notation: str) -> None:
        """The signature must allow None and UNSET where the field does."""
        type_ = parse(notation)
        null, unset = self._marks(parameter.annotation)
        if (null, unset) != (type_.null, type_.unset):
            raise self._fail(f"{parameter.name} differs from its field")

    def _marks(self, annotation: Any) -> tuple[bool, bool]:
        origin = typing.get_origin(annotation)
        if getattr(origin, "__name__", "") == "OptionalNullable":
            return True, True
        if getattr(origin, "__name__", "") == "Nullable":
            return True, False
        return type(None) in typing.get_args(annotation), False

    def _tags(self) -> Any:
        """Tags came with release 7."""
        return ast.literal_eval(self._hook["tags"]) if "tags" in self._hook else []

    # Responses and codes

    def _responses(self) -> list[Row]:
        rows = []
        for node in self._node.body:
            if isinstance(node, ast.If) and "match_response" in ast.unparse(node.test):
                rows.append(self._response(node))
        return rows

    def _response(self, node: ast.If) -> Row:
        if not isinstance(node.test, ast.Call) or len(node.test.args) != 3:
            raise self._fail("a response test is not understood")
        status = ast.literal_eval(node.test.args[1])
        row: Row = {
            "status": status if isinstance(status, list) else [status],
            "content": ast.literal_eval(node.test.args[2]),
        }
        last = node.body[-1]
        if isinstance(last, ast.Return) and len(node.body) == 1:
            if last.value is None or ast.unparse(last.value) == "None":
                return {**row, "outcome": "none"}
            return {
                **row,
                "outcome": "json",
                "type": self._type(self._unmarshalled(last.value)),
            }
        if not isinstance(last, ast.Raise) or not isinstance(last.exc, ast.Call):
            raise self._fail("a response is not understood")
        error = self._evaluate(last.exc.func).__name__
        if error == "SDKError":
            if ast.literal_eval(last.exc.args[0]) != "API error occurred":
                raise self._fail("another text of SDKError")
            return {**row, "outcome": "sdk_error"}
        first = node.body[0]
        if not isinstance(first, ast.Assign):
            raise self._fail("an error response is not understood")
        data = self._type(self._unmarshalled(first.value))
        if data != self._models.error_data(error):
            raise self._fail(f"{error} gets other data than it declares")
        return {**row, "outcome": "error", "error": error}

    def _unmarshalled(self, node: ast.expr) -> ast.expr:
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != "unmarshal_json_response":
            raise self._fail("a response is not read as JSON")
        return node.args[0]

    def _error_codes(self) -> Any:
        words = self._call("self.do_request")
        if "error_status_codes" in words:  # before release 5: each code, then its class
            codes = ast.literal_eval(words["error_status_codes"])
            return [code for code in codes if code[0] + "XX" not in codes or code[1:] == "XX"]
        test = words["is_error_status_code"]
        if not isinstance(test, ast.Lambda) or not isinstance(test.body, ast.Call):
            raise self._fail("error codes are not understood")
        return ast.literal_eval(test.body.args[0])

    def _retry_codes(self) -> Any:
        for value in self._assigned("retry_config"):
            if isinstance(value, ast.Tuple):
                return ast.literal_eval(value.elts[1])
        return []
