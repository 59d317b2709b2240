"""Processes that live for one measurement: import and construction, and the first user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .cases import Plan, Target, below, within
from .place import ADDRESS, KEY, Place
from .progress import Progress
from .report import Line

# Nothing is to be imported from the folder that we happen to be in.
SAFE = "-P" if sys.version_info >= (3, 11) else "-B"

_SDK_CALL = f"""
assert client.users.get(user_id="user_1").email_addresses[0].email_address == {ADDRESS!r}
"""
_HEADERS = f"{{'Authorization': 'Bearer {KEY}', 'Accept': 'application/json'}}"
_PYCURL = """
client, parts = pycurl.Curl(), []
client.setopt(pycurl.URL, url + "/users/user_1")
client.setopt(pycurl.HTTPHEADER, ["Authorization: Bearer KEY", "Accept: application/json"])
client.setopt(pycurl.WRITEFUNCTION, parts.append)
if ca:
    client.setopt(pycurl.CAINFO, ca)
""".replace("KEY", KEY)

# Of each contender: import and construct, with `url` and `ca` given; then one user.
SCRIPTS = {
    "python": ("client = None", ""),
    "reference": (
        f"""
from clerk_backend_api import Clerk
own = None
if ca:
    import httpx, ssl
    own = httpx.Client(verify=ssl.create_default_context(cafile=ca), follow_redirects=True)
client = Clerk(bearer_auth={KEY!r}, server_url=url, client=own)
""",
        _SDK_CALL,
    ),
    "clerk_c": (
        f"""
from clerk_c import Clerk
client = Clerk(bearer_auth={KEY!r}, server_url=url, ca_file=ca or None)
""",
        _SDK_CALL,
    ),
    "httpx": (
        f"""
import httpx, ssl
from clerk_backend_api.models import User
from pydantic import TypeAdapter
read = TypeAdapter(User).validate_json
trust = ssl.create_default_context(cafile=ca) if ca else True
client = httpx.Client(headers={_HEADERS}, verify=trust)
""",
        f"""
user = read(client.get(url + "/users/user_1").content)
assert user.email_addresses[0].email_address == {ADDRESS!r}
""",
    ),
    "pycurl_orjson": (
        "import orjson, pycurl" + _PYCURL,
        f"""
client.perform()
user = orjson.loads(b"".join(parts))
assert user["email_addresses"][0]["email_address"] == {ADDRESS!r}
""",
    ),
    "pycurl_msgspec": (
        # The class is made by hand: importing it from the benchmark would import more.
        """
import msgspec, pycurl
class EmailAddress(msgspec.Struct):
    email_address: str
class User(msgspec.Struct):
    id: str
    email_addresses: list[EmailAddress]
read = msgspec.json.Decoder(User).decode
"""
        + _PYCURL,
        f"""
client.perform()
assert read(b"".join(parts)).email_addresses[0].email_address == {ADDRESS!r}
""",
    ),
    "aiohttp": (
        f"""
import aiohttp, asyncio, orjson, ssl
trust = ssl.create_default_context(cafile=ca) if ca else True
async def client(url):
    async with aiohttp.ClientSession(headers={_HEADERS}) as session:
        async with session.get(url, ssl=trust) as answer:
            return orjson.loads(await answer.read())
""",
        f"""
user = asyncio.run(client(url + "/users/user_1"))
assert user["email_addresses"][0]["email_address"] == {ADDRESS!r}
""",
    ),
}

_GIVEN = "import sys\nurl, ca = sys.argv[1:]\n"

# Wall and CPU time in microseconds, modules, resident memory in MB at its highest.
_STARTUP = """
import sys, time
modules, (url, ca) = len(sys.modules), sys.argv[1:]
cpu, wall = time.process_time_ns(), time.perf_counter_ns()
{setup}
wall, cpu = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
modules = len(sys.modules) - modules
import json, resource
if sys.platform == "linux":  # ru_maxrss there counts the parent from before exec too
    with open("/proc/self/status") as file:
        memory = int(file.read().partition("VmHWM:")[2].split()[0]) * 1024
else:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory *= 1 if sys.platform == "darwin" else 1024
print(json.dumps(dict(wall=wall / 1000, cpu=cpu / 1000, modules=modules, memory=memory / 1e6)))
"""


def startup_once(name: str) -> dict[str, float]:
    """What it takes to import and construct."""
    code = _STARTUP.format(setup=SCRIPTS[name][0])
    command = [sys.executable, SAFE, "-c", code, "http://127.0.0.1:9/v1", ""]
    result: dict[str, float] = json.loads(subprocess.check_output(command))
    return result


def whole(command: list[str]) -> dict[str, float]:
    """Wall and CPU time of a process from its start to its end, in microseconds."""
    began = time.perf_counter_ns()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    wall = (time.perf_counter_ns() - began) / 1000
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return {"wall": wall, "cpu": (usage.ru_utime + usage.ru_stime) * 1e6}


def cold_commands(names: list[str], floor: Path | None, url: str, ca: str) -> dict[str, list[str]]:
    """What starts each contender for one user; Python that does nothing beside them."""
    found = {
        name: [sys.executable, SAFE, "-c", _GIVEN + "".join(SCRIPTS[name]), url, ca]
        for name in ["python", *names] if name in SCRIPTS
    }  # fmt: skip
    if floor is not None:
        found["c"] = [str(floor), url, ca]
    return found


def _interleaved(
    plan: Plan, contenders: dict[str, Any], progress: Progress
) -> dict[str, list[dict[str, float]]]:
    results: dict[str, list[dict[str, float]]] = {name: [] for name in contenders}
    began = time.monotonic()
    for measure in contenders.values():  # warms caches
        measure()
    rounds = plan.affordable(time.monotonic() - began)
    for turn in range(rounds):
        progress.round(turn + 1, rounds + 1)
        for name, measure in contenders.items():
            results[name].append(measure())
    return results


def run_startup(plan: Plan, names: list[str], progress: Progress) -> list[Line]:
    progress.case("import and construct")
    contenders = {
        name: lambda name=name: startup_once(name)
        for name in names if name in SCRIPTS
    }  # fmt: skip
    results = _interleaved(plan, contenders, progress)
    quantities: dict[str, tuple[str, str, tuple[Target, ...]]] = {
        "wall": ("import and construct, wall", "µs", (below(60),)),
        "cpu": ("import and construct, CPU", "µs", ()),
        "memory": ("import and construct, peak memory", "MB", (Target(12),)),
        "modules": ("import and construct, modules", "", ()),
    }
    return [
        Line(
            f"startup.{key}", title, unit, "start",
            {name: [row[key] for row in rows] for name, rows in results.items()}, targets,
        )
        for key, (title, unit, targets) in quantities.items()
    ]  # fmt: skip


def run_cold(
    plan: Plan, names: list[str], floor: Path | None, place: Place, secure: bool,
    progress: Progress,
) -> list[Line]:  # fmt: skip
    scheme, key = ("HTTPS", "cold_tls") if secure else ("HTTP", "cold")
    progress.case(f"from nothing to the first user, {scheme}")
    url, ca = (place.tls, place.ca) if secure else (place.http, "")
    commands = cold_commands(names, floor, url or "", ca or "")
    contenders = {
        name: lambda command=command: whole(command)
        for name, command in commands.items()
    }
    results = _interleaved(plan, contenders, progress)
    target = within(2.5 if secure else 1.5, "python")
    return [
        Line(
            f"{key}.{quantity}", f"process to first user, {scheme}, {label}", "µs", "start",
            {name: [row[quantity] for row in rows] for name, rows in results.items()},
            (target,) if quantity == "wall" else (),
        )
        for quantity, label in (("wall", "wall"), ("cpu", "CPU"))
    ]  # fmt: skip
