# /// script
# requires-python = ">=3.10"
# dependencies = ["clerk_c"]
# ///
"""Does an installed clerk_c work? Calls, blocking and not, to a server of its own, and webhooks.

    python smoke.py

Needs nothing but clerk_c, and no network but loopback. Prints what it runs on and one line for each
thing that works; ends with 1 at the first that does not.
"""

import asyncio
import base64
import hashlib
import hmac
import http.server
import sys
import threading
import time
import zlib

import clerk_c
from clerk_c import Clerk, models

SECRET = "sk_test_smoke"


class Handler(http.server.BaseHTTPRequestHandler):
    """Counts users, in gzip; knows no single one."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        known = self.path.startswith("/users/count")
        body = b'{"object": "total_count", "total_count": 3}' if known else b'{"errors": []}'
        packer = zlib.compressobj(wbits=31)
        packed = packer.compress(body) + packer.flush()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)

    def log_message(self, *_: object) -> None:
        pass


def check(what: str, holds: bool) -> None:
    print(f"{'ok' if holds else 'NOT AS EXPECTED'}: {what}", flush=True)
    if not holds:
        sys.exit(1)


def check_calls(clerk: Clerk) -> None:
    check("a blocking call", clerk.users.count().total_count == 3)
    try:
        clerk.users.get(user_id="user_unknown")
    except models.ClerkErrors as error:
        check("an error of the API's", error.status_code == 404)
    else:
        check("an error of the API's", False)

    async def count() -> int | None:
        async with clerk:
            totals = await asyncio.gather(*(clerk.users.count_async() for _ in range(5)))
        return sum(total.total_count or 0 for total in totals)

    check("calls on an event loop", asyncio.run(count()) == 15)


def check_signatures() -> None:
    key, body, now = b"k" * 24, b'{"type": "user.created", "data": {}}', str(int(time.time()))
    mac = hmac.new(key, b"msg_1." + now.encode() + b"." + body, hashlib.sha256).digest()
    headers = {
        "svix-id": "msg_1",
        "svix-timestamp": now,
        "svix-signature": "v1," + base64.b64encode(mac).decode(),
    }
    secret = "whsec_" + base64.b64encode(key).decode()
    event = clerk_c.verify_webhook(body, headers, secret=secret)
    check("a webhook's signature", event.type == "user.created")
    try:
        clerk_c.verify_webhook(body + b" ", headers, secret=secret)
    except clerk_c.WebhookVerificationError:
        check("a forged webhook", True)
    else:
        check("a forged webhook", False)


def main() -> None:
    print(clerk_c.build_info())
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        check_calls(Clerk(SECRET, server_url=url, timeout_ms=60_000, retry_config=None))
        server.shutdown()
    check_signatures()


if __name__ == "__main__":
    main()
