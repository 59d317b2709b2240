"""The names, classes and signatures of clerk_c beside those of the installed reference."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
import types
import typing
from typing import Any

import pytest

import clerk_c
from clerk_c import models

reference = pytest.importorskip("clerk_backend_api")
typing_extensions = pytest.importorskip("typing_extensions")
reference_models = importlib.import_module("clerk_backend_api.models")

# Names of the reference that clerk_c has not: each group with its reason.
MISSING_AT_THE_TOP = {
    # the client's inside: of another kind here, or not built yet
    *("BaseSDK", "basesdk", "ClientOwner", "close_clients"),
    # imported there for its own use
    *("Any", "Callable", "Dict", "Field", "Optional", "Tuple", "Union"),
    *("cast", "dataclass", "httpx", "importlib", "remove_suffix", "sys", "weakref"),
    # tells which generator wrote the reference
    "SPEAKEASY_GENERATOR_VERSION",
}
MISSING_HELPERS = {
    # what its generated code calls: pydantic's metadata and serializers, httpx's responses
    *("FieldMetadata", "FormMetadata", "HeaderMetadata", "MultipartFormMetadata"),
    *("PathParamMetadata", "QueryParamMetadata", "RequestMetadata", "SecurityMetadata"),
    *("SerializedRequestBody", "find_metadata", "generate_url", "get_body_content"),
    *("get_discriminator", "get_headers", "get_pydantic_model", "get_query_params"),
    *("get_response_headers", "get_security", "marshal_json", "parse_duration"),
    *("serialize_decimal", "serialize_float", "serialize_int", "serialize_request_body"),
    *("stream_to_bytes", "stream_to_bytes_async", "stream_to_text", "stream_to_text_async"),
    *("unmarshal", "unmarshal_json", "validate_const", "validate_decimal"),
    *("validate_float", "validate_int"),
    # the retries themselves: not built yet
    *("retry", "retry_async"),
}
MISSING_MODULES = {
    *("basesdk", "types.base64fileinput", "utils.annotations"),
    *("utils.dynamic_imports", "utils.eventstreaming", "utils.forms", "utils.headers"),
    *("utils.metadata", "utils.queryparams", "utils.requestbodies", "utils.security"),
    *("utils.serializers", "utils.unmarshal_json_response"),
}

TYPED_DICTS = sorted(name for name in models.__all__ if name.endswith("TypedDict"))


def is_typed_dict(what: Any) -> bool:
    return typing_extensions.is_typeddict(what)


def shown(annotation: Any) -> Any:
    """An annotation without what is particular to one of the two packages."""
    if isinstance(annotation, typing_extensions.TypeAliasType):
        return shown(annotation.__value__)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(origin, typing_extensions.TypeAliasType):  # Nullable[X]
        return shown(origin.__value__[arguments[0]])
    if origin in (typing.Annotated, typing_extensions.NotRequired):
        return shown(arguments[0])
    if origin in (typing.Union, types.UnionType):
        parts: set[Any] = set()
        for part in map(shown, arguments):
            parts |= part if isinstance(part, frozenset) else {part}
        return frozenset(parts)
    if origin is typing.Literal:
        return ("literal", *arguments)
    if origin is not None:
        return (origin, *map(shown, arguments))
    own = getattr(annotation, "__module__", "").partition(".")[0] in (
        "clerk_c", "clerk_backend_api",
    )  # fmt: skip
    return annotation.__name__ if own else annotation


def test_models_exports_the_same_names() -> None:
    assert set(models.__all__) == set(reference_models.__all__)


def test_second_names_are_the_same_second_names() -> None:
    def groups(package: Any) -> set[frozenset[str]]:
        by_object: dict[int, set[str]] = {}
        for name in package.__all__:
            by_object.setdefault(id(getattr(package, name)), set()).add(name)
        return {frozenset(names) for names in by_object.values() if len(names) > 1}

    assert groups(models) == groups(reference_models)
    assert len(groups(models)) == 20


@pytest.mark.parametrize("name", sorted(reference_models.__all__))
def test_each_name_is_of_the_same_kind(name: str) -> None:
    ours, theirs = getattr(models, name), getattr(reference_models, name)
    if is_typed_dict(theirs):
        assert is_typed_dict(ours)
        assert (ours.__required_keys__, ours.__optional_keys__) == keys_of(theirs)
        # in order, too
        assert list(ours.__annotations__) == list(theirs.__annotations__)
    elif isinstance(theirs, type):
        assert (ours.__name__, ours.__qualname__) == (theirs.__name__, theirs.__qualname__)
        if not issubclass(theirs, Exception):  # tracebacks show the short way to those
            assert ours.__module__ == theirs.__module__.replace("clerk_backend_api", "clerk_c")
        assert issubclass(ours, Exception) == issubclass(theirs, Exception)
        if hasattr(theirs, "__members__"):
            assert [*ours.__members__.items()] == [*theirs.__members__.items()]
            assert type(ours).__name__ == type(theirs).__name__
    else:
        assert shown(ours) == shown(theirs)


def keys_of(theirs: Any) -> tuple[frozenset[str], frozenset[str]]:
    """Its own sets count every key as required: its annotations are text when it is made."""
    hints = typing_extensions.get_type_hints(theirs, include_extras=True)
    optional = {
        key
        for key, hint in hints.items()
        if typing.get_origin(hint) is typing_extensions.NotRequired
    }
    return frozenset(hints) - optional, frozenset(optional)


@pytest.mark.parametrize("name", TYPED_DICTS)
def test_typed_dicts_hold_the_same_types(name: str) -> None:
    ours, theirs = getattr(models, name), getattr(reference_models, name)
    if not is_typed_dict(theirs):
        pytest.skip("a union: compared above")
    hints = typing_extensions.get_type_hints(theirs)
    assert {key: shown(hint) for key, hint in typing.get_type_hints(ours).items()} == {
        key: shown(hint) for key, hint in hints.items()
    }


@pytest.mark.parametrize(
    "name", [name for name in models.__all__ if hasattr(getattr(models, name), "model_dump")]
)
def test_models_are_built_from_the_same_arguments(name: str) -> None:
    ours = inspect.signature(getattr(models, name)).parameters
    theirs = inspect.signature(getattr(reference_models, name)).parameters
    assert [(item.name, item.default is item.empty) for item in ours.values()] == [
        (item.name, item.default is item.empty)
        for item in theirs.values()
        if item.kind is not item.VAR_KEYWORD
    ]


def test_the_same_modules_can_be_imported() -> None:
    missing = set()
    for found in pkgutil.walk_packages(reference.__path__, "clerk_backend_api."):
        own = found.name.removeprefix("clerk_backend_api.")
        if own in MISSING_MODULES:
            with pytest.raises(ModuleNotFoundError):
                importlib.import_module(f"clerk_c.{own}")
            continue
        try:
            module = importlib.import_module(f"clerk_c.{own}")
        except ModuleNotFoundError:
            missing.add(own)
            continue
        defined = {
            name
            for name, value in vars(importlib.import_module(found.name)).items()
            if getattr(value, "__module__", None) == found.name and not name.startswith("_")
        }
        if own.startswith("models."):
            assert defined <= set(dir(module)), own
    assert not missing


def test_the_same_names_are_at_the_top() -> None:
    theirs = {name for name in dir(reference) if not name.startswith("_")}
    theirs -= set(reference_models.__all__)
    theirs -= {name for name in theirs if isinstance(getattr(reference, name), types.ModuleType)}
    ours = {name for name in theirs if hasattr(clerk_c, name)}
    assert theirs - ours == MISSING_AT_THE_TOP & theirs
    assert all(hasattr(clerk_c, name) for name in reference_models.__all__)


def test_the_same_helpers() -> None:
    theirs = importlib.import_module("clerk_backend_api.utils")
    ours = clerk_c.utils
    assert set(theirs.__all__) - set(ours.__all__) == MISSING_HELPERS
    for name in set(theirs.__all__) & set(ours.__all__):
        if not isinstance(getattr(theirs, name), type) or name in ("RetryConfig", "Retries"):
            assert list(inspect.signature(getattr(ours, name)).parameters) == list(
                inspect.signature(getattr(theirs, name)).parameters
            )


def test_the_same_protocols_and_hooks() -> None:
    for module, names in {
        "httpclient": ("HttpClient", "AsyncHttpClient"),
        "_hooks.types": (
            *("SDKInitHook", "BeforeRequestHook", "AfterSuccessHook", "AfterErrorHook"),
            *("Hooks", "HookContext", "BeforeRequestContext"),
        ),
        "utils.retries": ("BackoffStrategy", "RetryConfig", "Retries"),
    }.items():
        theirs = importlib.import_module(f"clerk_backend_api.{module}")
        ours = importlib.import_module(f"clerk_c.{module}")
        for name in names:
            for method, what in vars(getattr(theirs, name)).items():
                if not inspect.isfunction(what) or (method[0] == "_" and method != "__init__"):
                    continue
                same = getattr(getattr(ours, name), method)
                assert list(inspect.signature(same).parameters) == list(
                    inspect.signature(what).parameters
                ), (name, method)
                assert inspect.iscoroutinefunction(same) == inspect.iscoroutinefunction(what)


CONTENT_TYPES = [
    *("application/json", "Application/JSON; charset=utf-8", "text/html", "text/html;a=b", ""),
    *("application/problem+json", "json", "a/b/c", " application/json ", "*/*", "/", "a/"),
]
PATTERNS = ["application/json", "*/*", "*", "application/*", "*/json", "text/*", "text/html", ""]


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_content_types_match_alike(content_type: str, pattern: str) -> None:
    theirs = importlib.import_module("clerk_backend_api.utils.values")
    assert clerk_c.utils.match_content_type(content_type, pattern) == theirs.match_content_type(
        content_type, pattern
    )


def test_status_codes_match_alike() -> None:
    theirs = importlib.import_module("clerk_backend_api.utils.values")
    for codes in (["200"], ["4XX"], ["2XX", "404"], ["default"], [], ["4xx"], ["20X"]):
        for status in (200, 201, 302, 404, 499, 500):
            assert clerk_c.utils.match_status_codes(codes, status) == theirs.match_status_codes(
                codes, status
            )
    response = clerk_c.Response(404, headers={"Content-Type": "text/html; charset=utf-8"})
    assert clerk_c.utils.match_response(response, "4XX", "text/*")
    assert clerk_c.utils.match_response(response, ["200", "404"], "text/html")
    assert not clerk_c.utils.match_response(response, "4XX", "application/json")


def test_small_helpers_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = importlib.import_module("clerk_backend_api.utils"), clerk_c.utils
    url = "https://{region}.example.com/{region}/{other}"
    for given in ({}, {"region": "eu"}, {"region": "{other}", "other": "x"}):
        assert ours.template_url(url, given) == theirs.template_url(url, given)
    for text, suffix in (("a/", "/"), ("a//", "/"), ("a", "/"), ("", "/"), ("a", "")):
        assert ours.remove_suffix(text, suffix) == theirs.remove_suffix(text, suffix)
    for text in ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+02:00", "2026-01-31", "x", ""):
        assert outcome(ours.parse_datetime, text) == outcome(theirs.parse_datetime, text)
    monkeypatch.setenv("CLERK_C_TEST_NUMBER", "17")
    monkeypatch.setenv("CLERK_C_TEST_TEXT", "x")
    for value in (None, 3):
        for key in ("CLERK_C_TEST_NUMBER", "CLERK_C_TEST_TEXT", "CLERK_C_TEST_NOTHING"):
            assert ours.get_global_from_env(value, key, int) == theirs.get_global_from_env(
                value, key, int
            )
    assert ours.cast_partial(int)("1") == "1"


def outcome(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        return type(error)


def test_facts_agree() -> None:
    assert reference.OPENAPI_DOC_VERSION == clerk_c.OPENAPI_DOC_VERSION
    assert (
        list(clerk_c.SERVERS)
        == importlib.import_module("clerk_backend_api.sdkconfiguration").SERVERS
    )
    theirs = importlib.import_module("clerk_backend_api.types")
    assert theirs.UNSET_SENTINEL == clerk_c.types.UNSET_SENTINEL
    assert "clerk_backend_api" in sys.modules and "clerk_c" in sys.modules
