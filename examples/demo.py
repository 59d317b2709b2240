"""A tour of clerk_c: users, from creation to deletion.

Run by `make demo` against the server of clerk_c.testing, which is started on
loopback with an empty store. With --live the part that only reads runs against
the real API, with the key in CLERK_SECRET_KEY. The exit status is 0 only when
everything went as expected.
"""

import argparse
import os
import struct
import sys
import time
import zlib
from collections.abc import Callable
from typing import Any

started = time.perf_counter()
from clerk_c import Clerk, models  # noqa: E402

ready = time.perf_counter()

TTY = sys.stdout.isatty()
BOLD, DIM, GREEN, RED, RESET = (
    ("\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[0m") if TTY else ("",) * 5
)


class Tour:
    """Prints each step with the call that made it, and remembers what failed."""

    def __init__(self) -> None:
        self.steps = 0
        self.failures: list[str] = []

    def step(self, title: str, code: str, call: Callable[[], Any]) -> Any:
        self.steps += 1
        print(f"\n{BOLD}{self.steps}. {title}{RESET}\n   {DIM}>>> {code}{RESET}")
        before = time.perf_counter()
        result = call()
        print(f"   {DIM}{(time.perf_counter() - before) * 1000:.1f} ms{RESET}")
        return result

    def show(self, text: object) -> None:
        print(f"   {text}")

    def expect(self, what: str, holds: bool) -> None:
        mark = f"{GREEN}ok{RESET}" if holds else f"{RED}NOT AS EXPECTED{RESET}"
        print(f"   {mark}: {what}")
        if not holds:
            self.failures.append(what)


def picture() -> bytes:
    """A PNG of 8 by 8 orange pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = b"".join(b"\0" + b"\xff\x8c\x00" * 8 for _ in range(8))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def show_users(tour: Tour, users: "list[models.User]") -> None:
    for user in users:
        name = " ".join(filter(None, (user.first_name, user.last_name))) or "(no name)"
        emails = ", ".join(email.email_address for email in user.email_addresses) or "-"
        tour.show(f"{user.id:<34} {name:<18} {emails}")


def write_part(tour: Tour, clerk: Clerk) -> str:
    """Creates three users and changes one. Returns the id of that one."""
    ada = tour.step(
        "Create a user",
        'clerk.users.create(email_address=["ada@example.com"], first_name="Ada", ...)',
        lambda: clerk.users.create(
            email_address=["ada@example.com"],
            first_name="Ada",
            last_name="Lovelace",
            username="lovelace",
            password="analytical-engine-1843",
            public_metadata={"plan": "pro"},
        ),
    )
    tour.show(ada.id)
    tour.expect("the answer is a models.User", isinstance(ada, models.User))
    tour.expect("it is called Ada Lovelace", (ada.first_name, ada.last_name) == ("Ada", "Lovelace"))

    def more() -> None:
        for first, last in (("Grace", "Hopper"), ("Radia", "Perlman")):
            clerk.users.create(
                email_address=[f"{first.lower()}@example.com"], first_name=first, last_name=last,
                skip_password_requirement=True,
            )  # fmt: skip

    tour.step("Create two more", "clerk.users.create(...)  # twice", more)
    return str(ada.id)


def read_part(tour: Tour, clerk: Clerk) -> "list[models.User]":
    """What is safe on any instance: nothing is written."""
    users = tour.step(
        "List users, the newest first",
        'clerk.users.list(request={"limit": 5})',
        lambda: clerk.users.list(request={"limit": 5}),
    )
    show_users(tour, users)
    count = tour.step("Count them", "clerk.users.count()", clerk.users.count)
    tour.show(f"{count.total_count} users")
    tour.expect("the count is not below the list", count.total_count >= len(users))
    if users:
        user = tour.step(
            "Read one",
            f'clerk.users.get(user_id="{users[0].id}")',
            lambda: clerk.users.get(user_id=users[0].id),
        )
        tour.show(f"created at {user.created_at} ms, last sign-in {user.last_sign_in_at}")
        tour.expect("it equals the one in the list", user.id == users[0].id)
    error_part(tour, clerk)
    return list(users)


def error_part(tour: Tour, clerk: Clerk) -> None:
    def ask() -> "models.ClerkErrors | None":
        try:
            clerk.users.get(user_id="user_that_never_was")
        except models.ClerkErrors as error:
            return error
        return None

    error = tour.step(
        "Ask for a user who does not exist", 'clerk.users.get(user_id="user_that_never_was")', ask
    )
    tour.expect("that raises models.ClerkErrors", error is not None)
    if error is not None:
        tour.show(f"{type(error).__name__}: HTTP {error.status_code}")
        for item in error.data.errors:
            tour.show(f"  {item.code}: {item.long_message or item.message}")
        tour.expect("the status is 404", error.status_code == 404)


def change_part(tour: Tour, clerk: Clerk, user_id: str) -> None:
    user = tour.step(
        "Change her name",
        'clerk.users.update(user_id=ada, last_name="King")',
        lambda: clerk.users.update(user_id=user_id, last_name="King"),
    )
    tour.expect("it is changed", user.last_name == "King")
    user = tour.step(
        "Merge metadata",
        'clerk.users.update_metadata(user_id=ada, public_metadata={"seats": 3})',
        lambda: clerk.users.update_metadata(user_id=user_id, public_metadata={"seats": 3}),
    )
    tour.show(user.public_metadata)
    tour.expect("both keys are there", user.public_metadata == {"plan": "pro", "seats": 3})
    user = tour.step(
        "Upload a profile image",
        'clerk.users.set_profile_image(user_id=ada, file={"file_name": "ada.png", ...})',
        lambda: clerk.users.set_profile_image(
            user_id=user_id,
            file={"file_name": "ada.png", "content": picture(), "content_type": "image/png"},
        ),
    )
    tour.show(user.image_url)
    tour.expect("she has an image", user.has_image)


def delete_part(tour: Tour, clerk: Clerk, users: "list[models.User]") -> None:
    def delete_all() -> "list[bool]":
        return [clerk.users.delete(user_id=user.id).deleted for user in users]

    deleted = tour.step("Delete them all", "clerk.users.delete(user_id=...)", delete_all)
    tour.expect("each was deleted", deleted == [True] * len(users))
    tour.expect("nobody is left", clerk.users.count().total_count == 0)


def run_local(tour: Tour) -> None:
    from clerk_c.testing import Server

    with Server() as server, Clerk(server.secret_key, server_url=server.url) as clerk:
        print(f"A stand-in for Clerk's Backend API answers on {server.url}.")
        user_id = write_part(tour, clerk)
        users = read_part(tour, clerk)
        change_part(tour, clerk, user_id)
        delete_part(tour, clerk, users)


def run_live(tour: Tour) -> None:
    key = os.environ.get("CLERK_SECRET_KEY")
    if not key:
        sys.exit("demo: --live needs the secret key of an instance in CLERK_SECRET_KEY")
    with Clerk(key) as clerk:
        print("Reading from the real API; nothing is written.")
        read_part(tour, clerk)


def main() -> None:
    parser = argparse.ArgumentParser(description="A tour of clerk_c.")
    parser.add_argument("--live", action="store_true", help="read from the real API instead")
    arguments = parser.parse_args()
    print(f"{BOLD}clerk_c{RESET}: imported in {(ready - started) * 1000:.1f} ms.")
    tour = Tour()
    (run_live if arguments.live else run_local)(tour)
    if tour.failures:
        sys.exit(f"\n{len(tour.failures)} of the expectations did not hold.")
    print(f"\n{GREEN}All {tour.steps} steps went as expected.{RESET}")


if __name__ == "__main__":
    main()
