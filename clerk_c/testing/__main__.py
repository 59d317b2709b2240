"""`python -m clerk_c.testing`: the stand-in by itself, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m clerk_c.testing" if argv is None else "clerk-c server",
        description="Serve a stand-in for Clerk's Backend API on this machine.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="0 (default): any free port")
    parser.add_argument(
        "--store", "--db", dest="db", metavar="FILE", help="keep the data in FILE across runs"
    )
    parser.add_argument("--seed", help="make ids and keys the same in each run (not with --store)")
    parser.add_argument("--secret-key", metavar="KEY", help="the key clients must present")
    parser.add_argument(
        "--production", action="store_true", help="be a production instance, not a development one"
    )
    parser.add_argument("--access-log", action="store_true", help="print a line for each request")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the start")
    return parser.parse_args(argv)


def _announce(server: Any, as_json: bool) -> None:
    if as_json:
        facts = {"url": server.url, "secret_key": server.secret_key, "db": server.store.path}
        print(json.dumps(facts), flush=True)
        return
    print(
        f"A stand-in for Clerk's Backend API is ready.\n\n"
        f"  server_url    {server.url}\n"
        f"  bearer_auth   {server.secret_key}\n"
        f"  data          {server.store.path}\n\n"
        f"Try it:  curl -H 'Authorization: Bearer {server.secret_key}' {server.url}/users\n"
        f"Stop it with Ctrl-C.",
        flush=True,
    )


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _arguments(argv)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        from clerk_c.testing import Server

        server = Server(
            host=arguments.host,
            port=arguments.port,
            db=arguments.db,
            secret_key=arguments.secret_key,
            environment="production" if arguments.production else None,
            access_log=arguments.access_log,
            seed=arguments.seed,
        )
    except (OSError, TypeError, ValueError, ImportError) as error:
        print(f"clerk_c.testing: {error}", file=sys.stderr)
        return 1
    with server:
        _announce(server, arguments.json)
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
