"""Counts the instructions that clerk_c spends on its most frequent work, beside a budget.

    python tools/instructions.py [--write] [--json FILE]

Runs tools/instructions_worker.py under valgrind's callgrind, beside a local server. What counts is
what is executed in clerk_c's own libraries and in libcjson: other versions of Python, libcurl,
OpenSSL or libc do their own work with more or fewer instructions. The count of N repetitions is
taken from that of 2 N, so that what happens once is no part of it. The counts are kept in
tests/robust/instructions.json (--write) with what they depend on: compiler, Python, libcjson,
processor. Elsewhere they say nothing. Exits with 1 if a count is more than 3 % over its budget,
with 2 where there is nothing to compare with.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BUDGET = ROOT / "tests" / "robust" / "instructions.json"
WORKER = Path(__file__).with_name("instructions_worker.py")
ALLOWED = 1.03
LIBRARY = re.compile(r"clerk_c/(_core|_net|_crypto)\.|/(libcjson)\.")
COST = re.compile(r"[\d+*-]\S* (\d+)$")


class Unusable(Exception):
    """Why there is nothing to compare here."""


def library(path: str) -> str | None:
    """The short name of one that counts."""
    found = LIBRARY.search(path)
    return (found[1] or found[2]) if found else None


def tally(dump: str) -> Counter[str]:
    """The instructions that a callgrind dump gives to each library that counts."""
    counts: Counter[str] = Counter()
    now: str | None = None
    callee = False  # the next line is what a call cost: it is counted where it was spent
    for line in dump.splitlines():
        if line.startswith("ob="):
            now = library(line[3:])
        elif line.startswith("calls="):
            callee = True
        else:
            cost = COST.match(line)
            if cost is not None:
                if now is not None and not callee:
                    counts[now] += int(cost[1])
                callee = False
    return counts


def environment() -> dict[str, str]:
    """What the counts depend on besides the sources."""
    import clerk_c._core as core

    path = Path(core.__file__)
    compilers = set(re.findall(rb"(?:GCC: |clang version )[^\0\n]+", path.read_bytes()))
    libraries = subprocess.run(["ldd", str(path)], capture_output=True, text=True, check=True)
    cjson = re.search(r"=> (\S*libcjson\S*)", libraries.stdout)
    return {
        "compiler": ", ".join(sorted(text.decode(errors="replace") for text in compilers)),
        "python": f"{platform.python_implementation()} {sys.version_info[0]}.{sys.version_info[1]}",
        "cjson": Path(cjson[1]).resolve().name if cjson else "none",
        "machine": platform.machine(),
    }


def obstacle() -> str | None:
    """Why nothing can be counted here, if so."""
    if shutil.which("valgrind") is None:
        return "valgrind is not installed"
    if os.environ.get("LD_PRELOAD"):
        return "a sanitizer does not run under valgrind"
    return None


def minted(count: int) -> tuple[str, list[str]]:
    """A public key, and tokens that it verifies."""
    import jwt
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    now = int(time.time())
    claims = {
        "azp": "https://app.example.com", "exp": now + 3600, "fva": [1, -1], "iat": now - 10,
        "iss": "https://clerk.example.com", "nbf": now - 10, "sid": "sess_2xhFjEI5X2qWRvtV13BzSj8",
        "sts": "active", "sub": "user_2xhFjEI5X2qWRvtV13BzSj8H6Dk", "v": 2,
    }  # fmt: skip
    tokens = [
        jwt.encode(claims | {"jti": f"{number:08}"}, key, "RS256", {"kid": "ins_2xhFjEI5X2qWR"})
        for number in range(count)
    ]
    return public.decode(), tokens


def counted() -> dict[str, dict[str, int]]:
    """Each case's instructions, once, by library."""
    from clerk_c.bench import payload
    from clerk_c.bench.server import Bundled

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "user.json").write_bytes(payload.one_user())
        (folder / "users.json").write_bytes(payload.list_of_users())
        pem, tokens = minted(40)
        given = {"users": str(folder / "users.json"), "pem": pem, "tokens": tokens}
        (folder / "given.json").write_text(json.dumps(given))
        server = Bundled(folder)
        try:
            return run(folder, str(server.urls["http"]))
        finally:
            server.stop()


def run(folder: Path, url: str) -> dict[str, dict[str, int]]:
    command = [
        "valgrind", "--tool=callgrind", "--dump-before=ffi_call", "--compress-strings=no",
        "--compress-pos=no", f"--callgrind-out-file={folder / 'out'}",
        sys.executable, "-B", str(WORKER), url, str(folder / "given.json"),
    ]  # fmt: skip
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    variables = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": path}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    if done.returncode:
        raise RuntimeError(f"{WORKER.name} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    result = {}
    for index, (name, count) in enumerate(json.loads(done.stdout).items()):
        # Dumps are numbered from 1. Three marks a case: before N, before 2 N, after both.
        single, double = (tally((folder / f"out.{index * 3 + at}").read_text()) for at in (2, 3))
        result[name] = {key: (double[key] - single[key]) // count for key in sorted(double)}
    return result


def over(budget: dict[str, Any], found: dict[str, dict[str, int]]) -> list[str]:
    """What exceeds its budget, or has none."""
    texts = []
    for name, parts in found.items():
        total, allowed = sum(parts.values()), sum(budget["counts"].get(name, {}).values())
        if total > allowed * ALLOWED:
            texts.append(f"{name}: {total:,} instructions, the budget is {allowed:,}")
    return texts


def lesser(
    first: dict[str, dict[str, int]], second: dict[str, dict[str, int]]
) -> dict[str, dict[str, int]]:
    """Of each case the smaller count: a busy machine makes the transport wait more often."""
    return {
        name: min(parts, second[name], key=lambda counts: sum(counts.values()))
        for name, parts in first.items()
    }


def read_budget() -> dict[str, Any]:
    """The committed budget; Unusable if it was taken elsewhere."""
    budget: dict[str, Any] = json.loads(BUDGET.read_text())
    here = environment()
    other = [f"{key} {here[key]} (budget: {budget['environment'][key]})"
             for key in here if here[key] != budget["environment"].get(key)]  # fmt: skip
    if other:
        raise Unusable("the budget was taken with something else: " + "; ".join(other))
    return budget


def show(found: dict[str, dict[str, int]], budget: dict[str, Any]) -> None:
    for name, parts in found.items():
        total, allowed = sum(parts.values()), sum(budget["counts"].get(name, {}).values())
        change = f"{(total / allowed - 1) * 100:+.2f} %" if allowed else "new"
        shares = ", ".join(f"{key} {value:,}" for key, value in parts.items() if value)
        print(f"{name:18}{total:>14,}{change:>11}   {shares}")


def write(path: str | Path, found: dict[str, dict[str, int]]) -> None:
    taken = {"environment": environment(), "counts": found}
    Path(path).write_text(json.dumps(taken, indent=1) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="makes what is counted the budget")
    parser.add_argument("--json", metavar="FILE", help="where else the counts go")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    why = obstacle()
    if why is not None:
        print(why)
        return 2
    found = counted()
    if options.write:
        write(BUDGET, found)
    try:
        budget = read_budget()
    except (Unusable, FileNotFoundError) as error:
        show(found, {"counts": {}})
        print(error)
        return 2
    if over(budget, found):
        found = lesser(found, counted())
    if options.json:
        write(options.json, found)
    show(found, budget)
    problems = over(budget, found)
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
