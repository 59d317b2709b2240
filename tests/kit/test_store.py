"""Stores that are kept, one server at a time, and ids that are the same each time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from clerk_c import Clerk
from clerk_c.exceptions import HTTPError
from clerk_c.testing import Server


def start(*arguments: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    command = [sys.executable, "-W", "error", "-m", "clerk_c.testing", "--json", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def client(facts: dict[str, Any]) -> Clerk:
    return Clerk(facts["secret_key"], server_url=facts["url"], retry_config=None, proxy="")


def create(facts: dict[str, Any], lead: str, known: set[str], enough: threading.Event) -> None:
    """Users until the server is gone; says when there are some."""
    with client(facts) as clerk:
        for number in range(10_000):
            try:
                known.add(clerk.users.create(username=f"{lead}_{number}").id)
            except HTTPError:
                return
            if number == 20:
                enough.set()


def test_what_was_answered_survives_kill_9(tmp_path: Path) -> None:
    """Users are created while the process is killed, several times in a row."""
    path = str(tmp_path / "store.db")
    known: set[str] = set()
    for turn in range(2):
        process, facts = start("--store", path)
        enough = threading.Event()

        thread = threading.Thread(target=create, args=(facts, f"user_{turn}", known, enough))
        with client(facts) as clerk:
            assert clerk.users.count().total_count >= len(known)
            thread.start()
            enough.wait(60)
            os.kill(process.pid, signal.SIGKILL)
        thread.join(60)
        process.communicate(timeout=30)
    process, facts = start("--store", path)
    with client(facts) as clerk:
        assert len(known) >= 40
        for identifier in sorted(known)[:10]:
            assert clerk.users.get(user_id=identifier).id == identifier
        assert clerk.users.count().total_count in range(len(known), len(known) + 4)
    process.terminate()
    process.communicate(timeout=30)


def test_one_server_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Server(db=path) as server:
        key = server.secret_key
        (tmp_path / "other").symlink_to(path)
        for name in (path, str(path), tmp_path / "other"):
            with pytest.raises(ValueError, match="in use by another server"):
                Server(db=name)
        command = [sys.executable, "-m", "clerk_c.testing", "--store", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"clerk_c.testing: {path} is in use by another server\n"
        with client({"secret_key": key, "url": server.url}) as clerk:
            assert clerk.users.count().total_count == 0
    with Server(db=path) as server:
        assert server.secret_key == key


def test_a_store_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be used as a store: No such file"):
        Server(db=tmp_path / "missing" / "store.db")
    with pytest.raises(ValueError, match="seed: a store that is kept"):
        Server(db=tmp_path / "store.db", seed=1)
    with Server(db=tmp_path / "store.db"):  # what failed holds no lock
        pass


def world(server: Server) -> list[Any]:
    """Something of everything that is made by chance."""
    with client({"secret_key": server.secret_key, "url": server.url}) as clerk:
        user = clerk.users.create(email_address=["ada@example.com"], password="a very long one")
        acme = clerk.organizations.create(request={"name": "Acme", "created_by": user.id})
        twin = clerk.organizations.create(request={"name": "Acme", "created_by": user.id})
        machine = clerk.machines.create(request={"name": "worker"})
        application = clerk.oauth_applications.create(request={"name": "app"})
        assert application is not None
        session = server.store.sign_in(user.id)["session_id"]
        kid = clerk.jwks.get_jwks().keys[0]
        return [
            server.secret_key, server.store.instance_id, user.id, user.email_addresses[0].id,
            acme.id, machine.id, machine.secret_key, session, kid, application.client_id,
            application.client_secret, server.store.role_id("org:admin"), acme.slug, twin.slug,
        ]  # fmt: skip


def secrets(things: list[Any]) -> list[Any]:
    """Of a world, what is the same in no other: slugs may be."""
    return things[:-2]


def test_a_seed_makes_the_same_world() -> None:
    with Server(seed=7) as one, Server(seed=7) as two, Server(seed="other") as other:
        first = world(one)
        assert world(two) == first
        one.store.reset()
        assert world(one) == first
        two.store.reset()
        two.store.reset()
        assert world(two) == first
        second = world(other)
        assert all(a != b for a, b in zip(secrets(first), secrets(second)))


def test_ids_with_a_seed_sort_by_creation_and_never_repeat() -> None:
    with Server(seed=0) as server, server.store.write() as tx:
        made = [tx.new_id("user") for _ in range(2000)]
    assert made == sorted(set(made))


def test_without_a_seed_nothing_is_the_same() -> None:
    with Server() as one, Server() as two:
        assert all(a != b for a, b in zip(secrets(world(one)), secrets(world(two))))


@pytest.mark.parametrize("seed", [True, 1.5, b"x", ["a"]])
def test_bad_seeds(seed: Any) -> None:
    with pytest.raises(TypeError, match="seed must be int, str or None"):
        Server(seed=seed)


def test_the_command_takes_a_seed() -> None:
    process, facts = start("--seed", "11")
    process.terminate()
    process.communicate(timeout=30)
    with Server(seed="11") as server:
        assert facts["secret_key"] == server.secret_key
