"""The connections that are open, for faults that break them."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from clerk_c.testing.call import Reply

Address = tuple[str, int]
Open = dict[Address, asyncio.Transport]


class Connection:
    """That of one request."""

    def __init__(self, transport: asyncio.Transport, receive: Callable[[], Awaitable[Any]]) -> None:
        self._transport = transport
        self._receive = receive

    def reset(self) -> None:
        """The client gets ECONNRESET."""
        plain: socket.socket = self._transport.get_extra_info("socket")
        # No waiting, and no ordinary end: what is unsent goes, and RST is sent.
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def close(self) -> None:
        self._transport.close()

    def cut_off(self, reply: Reply) -> None:
        """Sends half of an answer, and no more."""
        head = (
            f"HTTP/1.1 {reply.status} Cut off\r\ncontent-type: {reply.content_type}\r\n"
            f"content-length: {max(2, len(reply.content))}\r\n\r\n"
        )
        self._transport.write(head.encode("latin-1") + reply.content[: len(reply.content) // 2])
        self._transport.close()

    async def gone(self) -> None:
        """Waits until the server knows that there is nobody to answer to."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


def protocol(opened: Open) -> type[H11Protocol]:
    """uvicorn's protocol for HTTP/1.1, which keeps `opened` true."""

    class Protocol(H11Protocol):
        _peer: Address | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            peer = transport.get_extra_info("peername")
            if peer:  # it may be gone again
                self._peer = (peer[0], peer[1])
                opened[self._peer] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self._peer is not None:
                opened.pop(self._peer, None)

    return Protocol
