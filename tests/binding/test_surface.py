"""The public surface: what can be imported, from where, and what importing costs."""

from __future__ import annotations

import copy
import importlib
import json
import pickle
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

import clerk_c
from clerk_c import _compat, _core, models

SCHEMA = json.loads((Path(__file__).parents[2] / "schema" / "clerk.json").read_text("utf-8"))
OFFICIAL = "clerk_backend_api"
DEAR = {"typing", "asyncio", "json", "re", "dataclasses", "enum", "inspect", "logging", "ssl"}


def python(code: str, *arguments: str, folder: Path | None = None) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


# What importing costs


def loaded_by(statement: str) -> set[str]:
    # -c runs after site, whose .pth files may have imported anything: hence the difference.
    return set(
        python(
            f"import sys; before = set(sys.modules); {statement}; "
            "print(*sorted(set(sys.modules) - before))"
        ).split()
    )


def already_there() -> set[str]:
    return set(python("import sys; print(*sys.modules)").split())


def test_importing_loads_nothing_dear() -> None:
    if dear := DEAR & already_there():
        pytest.skip(f"this Python starts with {dear}")
    assert not DEAR & loaded_by("import clerk_c")
    assert not DEAR & loaded_by("import clerk_c; clerk_c.Clerk(bearer_auth='sk_test_1')")
    assert not DEAR & loaded_by("import clerk_c.models.user; clerk_c.models.user.User")


def test_typing_is_loaded_for_annotations_only() -> None:
    if "typing" in already_there():
        pytest.skip("this Python starts with typing")
    assert "typing" not in loaded_by("from clerk_c.models import User, ClerkErrorsData")
    assert "typing" in loaded_by("from clerk_c.models import UserTypedDict")


def test_star_imports_everything() -> None:
    names: dict[str, object] = {}
    exec("from clerk_c.models import *", names)
    assert set(models.__all__) <= set(names)
    assert names["User"] is models.User


def test_dir_knows_what_was_never_named() -> None:
    listed = json.loads(python("import json, clerk_c; print(json.dumps(dir(clerk_c.models)))"))
    assert set(models.__all__) <= set(listed)
    assert {"Clerk", "models", "User"} <= set(dir(clerk_c))


# Submodules


@pytest.mark.parametrize("kind", ["models", "enums", "errors", "typed_dicts", "unions"])
def test_each_export_is_in_its_module(kind: str) -> None:
    for row in SCHEMA[kind]:
        module = importlib.import_module(f"clerk_c.models.{row['module']}")
        assert getattr(module, row["name"]) is getattr(models, row["name"])
        assert row["name"] in module.__all__
        assert row["name"] in dir(module)


@pytest.mark.parametrize("row", SCHEMA["groups"], ids=lambda row: row["attribute"])
def test_each_group_has_its_module(row: dict[str, str]) -> None:
    module = importlib.import_module(f"clerk_c.{row['module']}")
    with clerk_c.Clerk() as clerk:
        assert type(getattr(clerk, row["attribute"])) is getattr(module, row["class"])
    assert module.__all__ == [row["class"]]


def test_a_submodule_keeps_to_its_own() -> None:
    module = importlib.import_module("clerk_c.models.user")
    with pytest.raises(AttributeError, match=r"clerk_c\.models\.user"):
        _ = module.Organization
    assert module.__name__ == "clerk_c.models.user"
    assert module.__spec__.origin == "clerk_c"
    assert importlib.reload(module).User is models.User


@pytest.mark.parametrize("name", ["clerk_c.nothing", "clerk_c.models.nothing", "clerk_c.users.x"])
def test_no_other_submodule_is_made_up(name: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(name)


def test_unknown_names_are_refused() -> None:
    for module in (clerk_c, models, clerk_c.utils, clerk_c.types, clerk_c.types.basemodel):
        with pytest.raises(AttributeError, match="Nothing"):
            _ = module.Nothing
    with pytest.raises(ImportError):
        exec("from clerk_c.models import Nothing")


def test_submodules_of_models_are_attributes() -> None:
    assert python("from clerk_c import models; print(models.emailaddress.EmailAddress.__name__)")


def test_groups_offer_what_core_says() -> None:
    assert _core.group_class("nothing") is None
    assert _core.exports("nothing") == []
    assert _core.exports() == _core.exports(None) == models.__all__
    with pytest.raises(TypeError):
        _core.group_class(1)
    with pytest.raises(TypeError):
        _core.exports(1)


def test_every_public_name_of_the_helpers_is_there() -> None:
    for name in ("utils", "types", "types.basemodel", "httpclient", "_hooks", "sdkconfiguration"):
        module = importlib.import_module(f"clerk_c.{name}")
        for item in module.__all__:
            assert getattr(module, item) is not None, f"{name}.{item}"
            assert item in dir(module) or name == "types.basemodel"
    for item in clerk_c.__all__:
        assert getattr(clerk_c, item) is not None


# Pickles name a class by its module


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_are_read_where_nothing_is_imported(protocol: int) -> None:
    error = models.ClerkError(message="m", long_message="l", code="c")
    held = [error, models.UserObject.USER, models.User, models.UserTypedDict, clerk_c.UNSET]
    data = pickle.dumps(held, protocol)
    code = (
        "import pickle, sys; held = pickle.loads(bytes.fromhex(sys.argv[1])); "
        "from clerk_c import models, UNSET; "
        "assert held == [models.ClerkError(message='m', long_message='l', code='c'), "
        "models.UserObject.USER, models.User, models.UserTypedDict, UNSET]; print('read')"
    )
    assert python(code, data.hex()) == "read\n"


@pytest.mark.parametrize("name", ["SDKError", "ClerkErrors", "User", "UserTypedDict", "Strategy"])
def test_classes_are_pickled_by_name(name: str) -> None:
    cls = getattr(models, name)
    assert pickle.loads(pickle.dumps(cls)) is cls
    assert copy.deepcopy(cls) is cls


# TypedDicts and unions


def test_typed_dicts_are_real() -> None:
    made = models.UserTypedDict
    assert made.__module__ == "clerk_c.models.user"
    assert {"id", "object", "first_name"} <= made.__required_keys__
    assert {"locale", "scim"} <= made.__optional_keys__
    hints = typing.get_type_hints(made)
    assert hints["id"] is str
    assert hints["object"] is models.UserObject
    assert typing.get_args(hints["email_addresses"]) == (models.EmailAddressTypedDict,)
    assert made(id="user_1") == {"id": "user_1"}
    assert _core.export("UserTypedDict") is made


def test_unions_hold_their_variants() -> None:
    assert models.Otp in typing.get_args(models.Verification)
    assert models.OtpTypedDict in typing.get_args(models.VerificationTypedDict)
    assert isinstance(
        models.Admin(status="verified", strategy="admin", attempts=None, expire_at=None),
        models.Verification,
    )


def test_a_constant_is_a_key_by_its_name_on_the_wire() -> None:
    made = models.AddDomainRequestBodyTypedDict
    assert typing.get_type_hints(made)["is_satellite"] == typing.Literal[True]
    assert "is_satellite" in made.__required_keys__


def test_typed_dicts_without_the_marks_of_newer_pythons(monkeypatch: pytest.MonkeyPatch) -> None:
    from clerk_c.models import _typed

    monkeypatch.setattr(_typed, "NotRequired", None)
    monkeypatch.setattr(_typed, "TypedDict", typing.TypedDict)
    text = ("str", None, False, False)
    fields = [("a", "a", text, True), ("b", "b", text, False)]
    made = _typed.make_typed_dict("Made", "user", fields)
    assert (made.__required_keys__, made.__optional_keys__) == ({"a"}, {"b"})
    assert typing.get_type_hints(made) == {"a": str, "b": str}


# Values


def test_retry_settings() -> None:
    backoff = clerk_c.utils.BackoffStrategy(500, 60_000, 1.5, 3_600_000)
    assert (backoff.initial_interval, backoff.max_interval) == (500, 60_000)
    assert (backoff.exponent, backoff.max_elapsed_time, backoff.jitter_ms) == (1.5, 3_600_000, None)
    assert repr(backoff).startswith("BackoffStrategy(initial_interval=500, ")
    with pytest.raises(ValueError, match="jitter_ms"):
        clerk_c.utils.BackoffStrategy(500, 60_000, 1.5, 3_600_000, -1)
    config = clerk_c.RetryConfig("backoff", backoff, True)
    assert config.status_codes_override is None
    assert clerk_c.utils.Retries(config, ["5XX"]).status_codes == ["5XX"]
    config.status_codes_override = []
    assert clerk_c.utils.Retries(config, ["5XX"]).status_codes == ["5XX"]
    config.status_codes_override = ["429"]
    assert clerk_c.utils.Retries(config, ["5XX"]).status_codes == ["429"]
    assert "429" in repr(config)


def test_the_default_logger_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    clerk_c.get_default_logger().debug("%s", "text")
    assert capfd.readouterr() == ("", "")


def test_protocols_tell_clients_apart() -> None:
    class One:
        def send(self, request: object) -> None: ...
        def build_request(self, method: str, url: str) -> None: ...
        def close(self) -> None: ...

    assert isinstance(One(), clerk_c.HttpClient)
    assert not isinstance(One(), clerk_c.AsyncHttpClient)
    assert not isinstance(object(), clerk_c.HttpClient)


def test_a_hook_has_to_be_written_in_full() -> None:
    from clerk_c import _hooks

    with pytest.raises(TypeError, match="before_request"):
        _hooks.BeforeRequestHook()
    context = _hooks.HookContext(None, "https://x", "GetUser", None, None, ["Users"], None)
    before = _hooks.BeforeRequestContext(context)
    assert vars(before) == vars(context)


# The official package's name


@pytest.fixture
def stand_in() -> Iterator[None]:
    hidden = {
        name: sys.modules.pop(name)
        for name in list(sys.modules)
        if name.partition(".")[0] == OFFICIAL
    }
    clerk_c.install_as_clerk_backend_api()
    yield
    _compat.uninstall_as_clerk_backend_api()
    assert not [name for name in sys.modules if name.partition(".")[0] == OFFICIAL]
    sys.modules.update(hidden)


@pytest.mark.usefixtures("stand_in")
def test_the_official_name_gives_the_same_modules() -> None:
    clerk_c.install_as_clerk_backend_api()  # again: no harm
    specs = {name: sys.modules[name].__spec__ for name in ("clerk_c", "clerk_c.models")}
    for rest in ("", ".models", ".models.user", ".users", ".utils.retries", ".types.basemodel"):
        module = importlib.import_module(OFFICIAL + rest)
        assert module is importlib.import_module(f"clerk_c{rest}")
        assert module.__name__ == f"clerk_c{rest}"
    assert specs == {name: sys.modules[name].__spec__ for name in specs}
    names: dict[str, object] = {}
    exec(f"from {OFFICIAL} import Clerk, models, utils", names)
    assert names["Clerk"] is clerk_c.Clerk


@pytest.mark.usefixtures("stand_in")
def test_what_is_missing_is_missed_under_the_name_that_was_asked_for() -> None:
    with pytest.raises(ModuleNotFoundError, match=f"{OFFICIAL}.nothing") as caught:
        importlib.import_module(f"{OFFICIAL}.nothing")
    assert caught.value.name == f"{OFFICIAL}.nothing"


def test_the_real_package_is_not_pushed_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, OFFICIAL, type(sys)(OFFICIAL))
    finders = list(sys.meta_path)
    with pytest.raises(RuntimeError, match="imported already"):
        clerk_c.install_as_clerk_backend_api()
    assert sys.meta_path == finders


# python -m clerk_c run


PROGRAM = """\
import sys
import clerk_backend_api.models.user
from clerk_backend_api import Clerk, models
from beside import VALUE
print(__name__, Clerk.__module__, models.User.__module__, VALUE, *sys.argv)
sys.exit(int(sys.argv[1]))
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "clerk_c", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_program_runs_unchanged(tmp_path: Path) -> None:
    (tmp_path / "programs").mkdir()
    program = tmp_path / "programs" / "program.py"
    program.write_text(PROGRAM, "utf-8")
    (tmp_path / "programs" / "beside.py").write_text("VALUE = 17\n", "utf-8")
    done = run(tmp_path, "run", "programs/program.py", "3", "--flag", "-m")
    assert done.stdout == (
        "__main__ clerk_c.sdk clerk_c.models.user 17 programs/program.py 3 --flag -m\n"
    ), done.stderr
    assert done.returncode == 3


def test_a_module_runs_unchanged(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    (tmp_path / "beside.py").write_text("VALUE = 17\n", "utf-8")
    done = run(tmp_path, "run", "-m", "program", "0")
    assert done.stdout.startswith("__main__ clerk_c.sdk clerk_c.models.user 17 "), done.stderr
    assert done.returncode == 0


def test_a_missing_program_is_said_to_be_missing(tmp_path: Path) -> None:
    done = run(tmp_path, "run")
    assert done.returncode == 2 and done.stderr.endswith("are required: PROGRAM\n")
    done = run(tmp_path, "run", "nothing.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no such file: nothing.py" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_line_tells_its_version(tmp_path: Path) -> None:
    assert clerk_c.VERSION in run(tmp_path, "--version").stdout
    assert run(tmp_path).returncode == 2
