"""Holds the source tree against the rules of docs/design.md that a program can check.

    python tools/check_source.py [ROOT]

Prints one line per violation (`file:line: rule: what`) and exits with 1 when there is one. What a
layer may include, how long files and functions may be, which calls are banned: each rule is a
function below, and tests/test_source_rules.py shows each one catching something.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

C_FOLDERS = ("csrc", "tests")
PYTHON_FOLDERS = ("clerk_c", "docs", "examples", "tests", "tools")
SKIPPED_FOLDERS = {"build", "dist", "results", "__pycache__"}

C_FILE_LINES = 600
C_LINE_COLUMNS = 79
PYTHON_FILE_LINES = 400
FUNCTION_LINES = 60

# A header (or its folder): the files that alone may include it.
SEALED_HEADERS = {
    "curl/": ("csrc/core/transport*.c", "tests/core/*"),
    "cjson/": ("csrc/core/json.h",),
    "cJSON.h": (),
    "openssl/": (
        "csrc/core/crypto*.[ch]",
        "csrc/core/transport_anchors.c",
        "csrc/core/transport_tls.c",
        "tests/core/*",
    ),
}
BANNED_CALLS = [
    *("strcpy", "strcat", "sprintf", "vsprintf", "gets", "strtok", "alloca", "setjmp"),
    "cJSON_GetErrorPtr",  # shared by all threads
]
# The core allocates through alloc.h, so that tests can make any allocation fail. json.c is where
# cJSON's hooks are, which have to be malloc() and free() outside of our own parses.
ALLOCATORS = ("csrc/core/alloc.c", "csrc/core/json.c")
RAW_ALLOCATION = ["malloc", "calloc", "realloc", "free", "strdup", "strndup", "reallocarray"]
# Types whose file-scope variables may change: they are how C11 and CPython do things once.
TABLE_TYPES = re.compile(
    r"\b(const|once_flag|pthread_once_t|_Thread_local|_Atomic|atomic_\w+|PyModuleDef|"
    r"PyModuleDef_Slot|PyMethodDef|PyGetSetDef|PyMemberDef|PyType_Slot|PyType_Spec)\b"
)

KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "defined", "else", "do"}


@dataclass(frozen=True, order=True)
class Violation:
    path: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


@dataclass
class Function:
    name: str
    line: int
    lines: int
    static: bool = False


@dataclass
class Source:
    """One file: its text, and for C the same text with comments and literals blanked."""

    path: str
    text: str
    code: str = ""
    lines: list[str] = field(default_factory=list)
    code_lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.code = blank_c(self.text) if self.is_c else self.text
        self.lines = self.text.split("\n")
        self.code_lines = self.code.split("\n")

    @property
    def is_c(self) -> bool:
        return self.path.endswith((".c", ".h"))

    def under(self, *patterns: str) -> bool:
        return any(fnmatch(self.path, pattern) for pattern in patterns)

    def line_of(self, offset: int) -> int:
        return self.code.count("\n", 0, offset) + 1


# A quote inside a comment opens nothing, and the other way round: one pattern reads them in turn.
C_TOKEN = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)


def blank_c(text: str) -> str:
    """Comments and the insides of literals become spaces; lines and columns stay."""

    def blank(match: re.Match[str]) -> str:
        token = match.group()
        inside = re.sub(r"[^\n]", " ", token)
        return inside if token.startswith("/") else token[0] + inside[1:-1] + token[-1]

    # The file name of an #include is a literal that the rules want to see.
    kept = [
        line if re.match(r"\s*#\s*include\b", line) else None for line in text.split("\n")
    ]
    blanked = C_TOKEN.sub(blank, text).split("\n")
    return "\n".join(old if old is not None else new for old, new in zip(kept, blanked))


def functions_of(source: Source) -> Iterator[Function]:
    return c_functions(source) if source.is_c else python_functions(source)


def c_functions(source: Source) -> Iterator[Function]:
    """Functions as clang-format lays them out: braces alone in the first column."""
    lines = source.code_lines
    opened: int | None = None
    for number, line in enumerate(lines):
        if line.startswith("{"):
            opened = number
        elif line.startswith("}") and opened is not None:
            first = opened
            while first > 0 and re.match(r"\s*[\w*(]", lines[first - 1]):
                first -= 1
            head = " ".join(lines[first:opened])
            name = re.search(r"(\w+)\s*\(", head)
            if name is not None:
                static = re.search(r"\bstatic\b", head) is not None
                yield Function(name.group(1), first + 1, number - first + 1, static)
            opened = None


def python_functions(source: Source) -> Iterator[Function]:
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno is not None
            yield Function(node.name, node.lineno, node.end_lineno - node.lineno + 1)


def calls(source: Source, names: list[str]) -> Iterator[tuple[int, str]]:
    for match in re.finditer(rf"(?<![\w.>])({'|'.join(names)})\s*\(", source.code):
        yield source.line_of(match.start()), match.group(1)


Found = Iterator[tuple[int, str, str]]


def check_layout(source: Source) -> Found:
    limit = C_FILE_LINES if source.is_c else PYTHON_FILE_LINES
    count = len(source.text.splitlines())
    if count > limit:
        yield count, "file-size", f"{count} lines, at most {limit}"
    if not source.text.endswith("\n") and source.text:
        yield count, "last-line", "does not end with a line break"
    for number, line in enumerate(source.lines, 1):
        if line != line.rstrip():
            yield number, "trailing-space", "white space at the end of the line"
        if "\t" in line:
            yield number, "tab", "use spaces"
        if source.is_c and len(line) > C_LINE_COLUMNS:
            yield number, "line-length", f"{len(line)} columns, at most {C_LINE_COLUMNS}"


def check_functions(source: Source) -> Found:
    for function in functions_of(source):
        if function.lines > FUNCTION_LINES:
            what = f"{function.name} has {function.lines} lines, at most {FUNCTION_LINES}"
            yield function.line, "function-size", what
        if source.is_c and not function.static:
            yield from check_name(source, function)


def check_name(source: Source, function: Function) -> Found:
    """What other files can see says where it comes from."""
    allowed = {"csrc/core/*": ("ck_",), "csrc/py/*": ("ckpy_", "PyInit_")}
    for pattern, prefixes in allowed.items():
        if source.under(pattern) and not function.name.startswith(prefixes):
            what = f"{function.name} is neither static nor named {' or '.join(prefixes)}..."
            yield function.line, "name", what


def check_includes(source: Source) -> Found:
    for match in re.finditer(r'^\s*#\s*include\s*["<]([^">]+)[">]', source.code, re.MULTILINE):
        line, header = source.line_of(match.start(1)), match.group(1)
        if header == "Python.h" and source.under("csrc/core/*"):
            yield line, "core-python", "the core never sees Python.h"
        if header.startswith("py/") and source.under("csrc/core/*"):
            yield line, "core-python", "the core knows nothing of the binding"
        for sealed, owners in SEALED_HEADERS.items():
            if header.startswith(sealed) and not source.under(*owners):
                allowed = ", ".join(owners) or "no file"
                yield line, "include", f"<{header}> belongs in {allowed}"


def check_calls(source: Source) -> Found:
    for line, name in calls(source, BANNED_CALLS):
        yield line, "banned-call", f"{name}()"
    if source.under("csrc/core/*") and not source.under(*ALLOCATORS):
        for line, name in calls(source, RAW_ALLOCATION):
            yield line, "raw-allocation", f"{name}() where the core uses ck_{name}()"


def check_state(source: Source) -> Found:
    """No state outside the module's struct: it would be shared by interpreters."""
    if not source.under("csrc/*"):
        return
    pattern = r"\bstatic\s+(?:\w+\s+)*?Py\w*Object\s*\*?\s*\w+\s*(?:\[\w*\]\s*)?[=;]"
    for match in re.finditer(pattern, source.code):
        yield source.line_of(match.start()), "static-object", "keep Python objects in the state"
    pattern = r"^(?:static\s+)?(?:\w+[\s*]+)+\w+(?:\[[^\]\n]*\])*\s*(?:=|;)"
    for match in re.finditer(pattern, source.code, re.MULTILINE):
        text = match.group()
        if re.match(r"(extern|typedef|return|goto)\b", text) or TABLE_TYPES.search(text):
            continue
        if "Object" not in text and not re.match(r"(struct|enum|union)\s+\w+\s*;", text):
            yield source.line_of(match.start()), "global", "a variable that outlives its caller"


def check_style(source: Source) -> Found:
    if not source.text.startswith("/*"):
        yield 1, "head-comment", "begin with two lines that say what the file is for"
    if source.under("csrc/*"):
        for match in re.finditer(r"\btypedef\s+(struct|union|enum)\b", source.code):
            yield source.line_of(match.start()), "typedef", f"write {match.group(1)} out"
        for match in re.finditer(r"\bgoto\s+(?!done\b)(\w+)", source.code):
            yield source.line_of(match.start()), "goto", f"{match.group(1)}: one label, done"


C_RULES: tuple[Callable[[Source], Found], ...] = (
    check_layout,
    check_functions,
    check_includes,
    check_calls,
    check_state,
    check_style,
)
PYTHON_RULES: tuple[Callable[[Source], Found], ...] = (check_layout, check_functions)


def check_file(source: Source) -> Iterator[Violation]:
    for rule in C_RULES if source.is_c else PYTHON_RULES:
        for line, name, text in rule(source):
            yield Violation(source.path, line, name, text)


def check_symbols(root: Path) -> Iterator[Violation]:
    """A built library shows the interpreter its entry point and nothing else."""
    nm = shutil.which("nm")
    for library in sorted(root.glob("clerk_c/*.so")) if nm else ():
        command = [str(nm), "-D", "--defined-only", str(library)]
        for line in subprocess.run(command, capture_output=True, text=True).stdout.splitlines():
            name = line.split()[-1]
            if not name.startswith("PyInit_"):
                path = library.relative_to(root).as_posix()
                yield Violation(path, 0, "symbol", f"{name} is visible from outside")


def check_helpers(sources: list[Source]) -> Iterator[Violation]:
    """Helpers of tests are imported by bare names: of two alike, every folder gets the first."""
    first: dict[str, str] = {}
    for source in sources:
        folder, _, name = source.path.rpartition("/")
        if source.is_c or not folder.startswith("tests/") or name.startswith("test_"):
            continue
        other = first.setdefault(name, source.path)
        if other != source.path and name != "conftest.py":
            yield Violation(source.path, 1, "helper-name", f"{other} has the same name")


def find_sources(root: Path) -> Iterator[Source]:
    wanted = [path for folder in C_FOLDERS for path in root.glob(f"{folder}/**/*.[ch]")]
    wanted += [path for folder in PYTHON_FOLDERS for path in root.glob(f"{folder}/**/*.py")]
    wanted += root.glob("*.py")
    for path in sorted(wanted):
        inside = path.relative_to(root)
        if not SKIPPED_FOLDERS.intersection(inside.parts):
            yield Source(inside.as_posix(), path.read_text(encoding="utf-8"))


def check_tree(root: Path) -> tuple[list[Violation], str]:
    sources = list(find_sources(root))
    found = [violation for source in sources for violation in check_file(source)]
    found += check_helpers(sources)
    found += check_symbols(root)
    sizes = [f.lines for source in sources if source.is_c for f in functions_of(source)]
    median = statistics.median(sizes) if sizes else 0
    longest = max(sizes, default=0)
    functions = f"{len(sizes)} C functions, median {median:g} lines, longest {longest}"
    return sorted(found), f"{len(sources)} files; {functions}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).parents[1])
    found, summary = check_tree(parser.parse_args(arguments).root)
    for violation in found:
        print(violation)
    print(f"{summary}; {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
