"""The source checker sees what it is there to see, and nothing in a tree that keeps the rules."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHECKER = ROOT / "tools" / "check_source.py"

GOOD_C = """\
/* thing.c: a file that breaks no rule ("strcpy(" in text is no call).
 * Owns nothing. */
#include "thing.h"

static const char *const names[] = {"malloc(", "static PyObject *x;"};

const char *
ck_thing_name(int row)
{
    const char *name = NULL;

    if (row < 0)
        goto done;
    name = names[row]; /* free() and vsprintf() are only mentioned */
done:
    return name;
}
"""
GOOD_PYTHON = '"""A module."""\n\n\ndef double(number: int) -> int:\n    return 2 * number\n'


def check(root: Path) -> tuple[int, list[str]]:
    command = [sys.executable, str(CHECKER), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()[:-1]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for folder in ("csrc/core", "csrc/py", "tests/core", "clerk_c", "tools", "build"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "csrc/core/thing.c").write_text(GOOD_C)
    (tmp_path / "tools/thing.py").write_text(GOOD_PYTHON)
    return tmp_path


def test_clean_tree_passes(tree: Path) -> None:
    assert check(tree) == (0, [])


def test_this_tree_passes() -> None:
    assert check(ROOT) == (0, [])


HEAD = "/* x.c: for a test. */\n"

PLANTED = [
    ("csrc/core/x.c", HEAD + "#include <Python.h>\n", 2, "core-python"),
    ("csrc/core/x.c", HEAD + '#  include "py/state.h"\n', 2, "core-python"),
    ("csrc/core/x.c", HEAD + "#include <curl/curl.h>\n", 2, "include"),
    ("csrc/py/x.c", HEAD + "#include <curl/curl.h>\n", 2, "include"),
    ("csrc/core/x.c", HEAD + "#include <cjson/cJSON.h>\n", 2, "include"),
    ("csrc/py/x.c", HEAD + '#include "cJSON.h"\n', 2, "include"),
    ("csrc/core/x.c", HEAD + "#include <openssl/evp.h>\n", 2, "include"),
    ("csrc/core/x.c", HEAD + "\nint\nck_x(char *a)\n{\n    strcpy(a, a);\n}\n", 6, "banned-call"),
    ("csrc/py/x.c", HEAD + "int\nckpy_x(int a)\n{\n    return sprintf (a);\n}\n", 5, "banned-call"),
    ("tests/core/x.c", HEAD + "int\nmain(void)\n{\n    return setjmp(a);\n}\n", 5, "banned-call"),
    ("csrc/core/x.c", HEAD + "void\nck_x(void *a)\n{\n    free(a);\n}\n", 5, "raw-allocation"),
    ("csrc/py/x.c", HEAD + "static PyObject *cache;\n", 2, "static-object"),
    ("csrc/py/x.c", HEAD + "static PyObject *cache[4] = {NULL};\n", 2, "static-object"),
    ("csrc/py/x.c", HEAD + "static PyTypeObject type = {\n    0,\n};\n", 2, "static-object"),
    (
        "csrc/py/x.c",
        HEAD + "int\nckpy_x(void)\n{\n    static PyObject *a = NULL;\n    return a;\n}\n",
        5,
        "static-object",
    ),
    ("csrc/core/x.c", HEAD + "static int counter;\n", 2, "global"),
    ("csrc/core/x.c", HEAD + "struct ck_pool *pools[4] = {0};\n", 2, "global"),
    ("csrc/core/x.c", HEAD + "int\nhelper(void)\n{\n    return 0;\n}\n", 2, "name"),
    ("csrc/py/x.c", HEAD + "int\nck_x(void)\n{\n    return 0;\n}\n", 2, "name"),
    ("csrc/py/x.h", HEAD + "typedef struct x {\n    int a;\n} x;\n", 2, "typedef"),
    (
        "csrc/py/x.c",
        HEAD + "int\nckpy_x(void)\n{\n    goto out;\nout:\n    return 0;\n}\n",
        5,
        "goto",
    ),
    ("csrc/core/x.c", "#include <stddef.h>\n", 1, "head-comment"),
    ("csrc/core/x.h", HEAD + "/* " + "x" * 74 + " */\n", 2, "line-length"),
    ("csrc/core/x.h", HEAD + "/* \t */\n", 2, "tab"),
    ("csrc/core/x.h", HEAD + "/* x */ \n", 2, "trailing-space"),
    ("csrc/core/x.h", HEAD + "/* x */", 2, "last-line"),
    ("csrc/core/x.c", HEAD + "/* x */\n" * 600, 601, "file-size"),
    (
        "csrc/core/x.c",
        HEAD + "static int\nck_x(int a)\n{\n" + "    a++;\n" * 57 + "}\n",
        2,
        "function-size",
    ),
    ("clerk_c/x.py", "def x():\n" + "    pass\n" * 60, 1, "function-size"),
    ("clerk_c/x.py", "import os\n" * 401, 401, "file-size"),
    ("clerk_c/x.py", "x = 1 \n", 1, "trailing-space"),
]


@pytest.mark.parametrize(("path", "text", "line", "rule"), PLANTED)
def test_planted_violation_is_reported(
    tree: Path, path: str, text: str, line: int, rule: str
) -> None:
    (tree / path).write_text(text)
    code, lines = check(tree)
    assert code == 1
    assert [entry.split(": ")[:2] for entry in lines] == [[f"{path}:{line}", rule]]


ALLOWED = [
    ("csrc/core/transport_pool.c", HEAD + "#include <curl/curl.h>\n"),
    ("csrc/core/json.h", HEAD + "#include <cjson/cJSON.h>\n"),
    ("csrc/core/crypto.c", HEAD + "#include <openssl/evp.h>\n"),
    ("csrc/py/x.c", HEAD + '#include <Python.h>\n#include "core/json.h"\n'),
    ("csrc/core/x.c", HEAD + "static const int sizes[] = {1, 2};\nextern int ck_x;\n"),
    ("csrc/core/x.c", HEAD + "static once_flag once = ONCE_FLAG_INIT;\nstruct ck_pool;\n"),
    ("csrc/py/x.c", HEAD + "static PyObject *\nckpy_x(PyObject *a)\n{\n    return a;\n}\n"),
    ("csrc/py/x.c", HEAD + "static PyMethodDef methods[] = {{0}};\n"),
    ("csrc/core/x.c", HEAD + "int\nck_x(int a)\n{\n" + "    a++;\n" * 56 + "}\n"),
    ("csrc/core/x.h", HEAD + "/* " + "x" * 73 + " */\n"),
    ("csrc/core/x.c", HEAD + "/* x */\n" * 599),
    ("build/x.c", "static int counter;\n"),
    ("clerk_c/x.py", "def x():\n" + "    pass\n" * 59),
]


@pytest.mark.parametrize(("path", "text"), ALLOWED)
def test_what_the_rules_allow(tree: Path, path: str, text: str) -> None:
    (tree / path).write_text(text)
    assert check(tree) == (0, [])


@pytest.mark.skipif(
    not (shutil.which("cc") and shutil.which("nm")) or sys.platform != "linux",
    reason="needs cc and nm",
)
def test_visible_symbol_is_reported(tree: Path) -> None:
    source = tree / "build" / "x.c"
    source.write_text("int PyInit_x(void) { return 0; }\nint leaked(void) { return 1; }\n")
    library = tree / "clerk_c" / "_x.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    assert check(tree) == (1, ["clerk_c/_x.so:0: symbol: leaked is visible from outside"])


def test_helpers_of_tests_have_names_of_their_own(tree: Path) -> None:
    for path in ("bulk/conftest.py", "cli/conftest.py", "bulk/test_x.py", "cli/test_x.py"):
        (tree / "tests" / path).parent.mkdir(exist_ok=True)
        (tree / "tests" / path).write_text(GOOD_PYTHON)
    assert check(tree) == (0, [])
    for folder in ("bulk", "cli"):
        (tree / "tests" / folder / "answers.py").write_text(GOOD_PYTHON)
    assert check(tree) == (
        1,
        ["tests/cli/answers.py:1: helper-name: tests/bulk/answers.py has the same name"],
    )
