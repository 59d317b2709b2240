"""Keys, tokens, and a JWKS endpoint on loopback that does as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from clerk_c.security import JwksKeeper, TokenVerificationError

SECRET = "sk_test_secret"
HANG = 20  # seconds after which a test gives up


class Signer:
    """An RSA key with its kid: mints tokens, and shows its public half."""

    def __init__(self, kid: str | None) -> None:
        self.kid = kid
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.pem = (
            self.private.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )

    def jwk(self, **changes: Any) -> dict[str, Any]:
        made = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        made |= {"kid": self.kid, "use": "sig", "alg": "RS256"} | changes
        return {name: value for name, value in made.items() if value is not None}

    def token(self, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """Claims of None are left out; exp is an hour from now unless given."""
        named = {} if self.kid is None else {"kid": self.kid}
        now = int(time.time())
        given = {"sub": "user_1", "sid": "sess_1", "iat": now, "exp": now + 3600} | claims
        kept = {name: value for name, value in given.items() if value is not None}
        signed: str = jwt.api_jws.encode(
            json.dumps(kept).encode(), self.private, "RS256", named | (headers or {})
        )
        return signed


class Endpoint:
    """Answers like Clerk's Backend API where tokens are concerned. `answers` has a status and
    a body for each path that ends so; a request waits while `gate` is not set."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Semaphore(0)
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(length)
                endpoint.requests.append((self.command, self.path, headers, body))
                endpoint.arrived.release()
                endpoint.gate.wait(30)
                status, content = next(
                    (answer for end, answer in endpoint.answers.items() if self.path.endswith(end)),
                    (404, b"{}"),
                )
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = answer

            def log_message(self, *_: Any) -> None:
                pass

        class Listener(ThreadingHTTPServer):
            request_queue_size = 128

            def handle_error(self, *_: Any) -> None:
                """A client that left early is none of our business."""

        self._listener = Listener(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._listener.server_port}"
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,))
        self._thread.start()

    def serve(self, *keys: Any, status: int = 200) -> None:
        """The JWKS endpoint has these keys (signers or JWKs) from now on."""
        jwks = [key.jwk() if isinstance(key, Signer) else key for key in keys]
        self.answers["/jwks"] = (status, json.dumps({"keys": jwks}).encode())

    def fetches(self) -> int:
        return sum(path.endswith("/jwks") for _, path, _, _ in self.requests)

    def close(self) -> None:
        self.gate.set()
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join()


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_ms(self, milliseconds: float) -> None:
        self.now += milliseconds / 1000


def code(ask: Callable[..., Any], *given: Any, **named: Any) -> str:
    """Of the reason why there is no key."""
    with pytest.raises(TokenVerificationError) as caught:
        ask(*given, **named)
    return str(caught.value.reason.value[0])


def settle(keeper: JwksKeeper) -> None:
    """Wait for a renewal in the background."""
    flight = keeper._flight
    assert flight is None or flight.wait(HANG)
