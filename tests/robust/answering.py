"""A quick server for tests that make thousands of calls: reads a user object from standard input,
prints its URL, and ends with its input.

Answers by route: users/user_missing with Clerk's 404, users with a list, all else with the user.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from contextlib import suppress

from wire_answers import answer

MISSING = json.dumps(
    {
        "errors": [
            {
                "message": "not found",
                "long_message": "No user was found with id user_missing",
                "code": "resource_not_found",
            }
        ],
        "clerk_trace_id": "0123456789abcdef",
    }
)


def serve(connection: socket.socket, answers: dict[bytes, bytes], default: bytes) -> None:
    pending = b""
    with connection, suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while more := connection.recv(65536):
            pending += more
            while True:
                head, found, rest = pending.partition(b"\r\n\r\n")
                lower = head.lower()
                at = lower.find(b"content-length:")
                length = int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
                if not found or len(rest) < length:
                    break
                pending = rest[length:]
                route = head.partition(b" HTTP/")[0].partition(b"?")[0]
                connection.sendall(answers.get(route, default))


def main() -> None:
    user = sys.stdin.readline().encode()
    answers = {
        b"GET /v1/users/user_missing": answer(MISSING.encode(), "404 Not Found"),
        b"GET /v1/users/user_broken": answer(user[: len(user) // 2]),
        b"GET /v1/users/user_unfit": answer(b'{"id": 7}'),
        b"GET /v1/users": answer(b"[%s]" % b",".join([user] * 20)),
    }
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            arguments = (connection, answers, answer(user))
            threading.Thread(target=serve, args=arguments, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
