"""Answers as a healthy server writes them, byte by byte, and ends as it does not."""

from __future__ import annotations

import socket
import struct

TYPE = b"Content-Type: application/json\r\n"
HEAD = b"HTTP/1.1 200 OK\r\n" + TYPE


def answer(body: bytes, status: str = "200 OK", kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def reset(connection: socket.socket) -> None:
    """Closing it will be a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
