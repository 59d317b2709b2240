"""No framework is imported unless its helper is, and one that is missing is named."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

FRAMEWORKS = ("fastapi", "starlette", "django", "flask")
PROGRAM = """
import sys
import clerk_c, clerk_c.integrations, clerk_c.integrations.aws_lambda
import clerk_c.integrations.starlette
from clerk_c import paginate, parse_publishable_key, verify_webhook
found = {name.partition(".")[0] for name in sys.modules}
assert not found & {"fastapi", "starlette", "django", "flask", "rich", "tqdm", "httpx"}, found
"""


def test_nothing_is_imported_without_need() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_framework_that_is_missing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in list(sys.modules):
        if module.partition(".")[0] == name:
            monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, name, None)
    whole = f"clerk_c.integrations.{name}"
    monkeypatch.delitem(sys.modules, whole, raising=False)
    parent = importlib.import_module("clerk_c.integrations")
    monkeypatch.delattr(parent, name, raising=False)

    def use() -> None:
        module = importlib.import_module(whole)
        module.ClerkAuth(secret_key="sk_test_x").protect(lambda request: None)

    with pytest.raises(ModuleNotFoundError, match=rf'pip install "clerk_c\[{name}\]"') as caught:
        use()
    assert caught.value.name is not None
    assert caught.value.name.partition(".")[0] == name
    monkeypatch.delitem(sys.modules, whole, raising=False)
