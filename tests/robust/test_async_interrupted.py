"""Ctrl-C at each line of what starts a call under trio: the loop and the client go on working."""

from __future__ import annotations

import itertools
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from clerk_c import Clerk

trio = pytest.importorskip("trio")
from clerk_c import _trio  # noqa: E402

SECONDS = 20  # a bound that only catches hangs


class Interrupter:
    """Sends SIGINT when the n-th line of _trio.perform is about to run."""

    def __init__(self, number: int) -> None:
        self.left = number
        code = _trio.perform.__code__
        self.place = (code.co_filename, code.co_name)

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        if (frame.f_code.co_filename, frame.f_code.co_name) == self.place:
            return self.count
        return None

    def count(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self.left -= 1
            if self.left == 0:
                signal.raise_signal(signal.SIGINT)
        return self.count


@pytest.fixture
def _interruptible() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_interrupts_while_a_call_begins(loopback: Any) -> None:
    loopback.script = loopback.serve_user
    clerk = Clerk("sk_test_trio", server_url=loopback.url, retry_config=None)
    outcomes = []

    async def main(interrupter: Interrupter) -> str:
        kept = None  # the frame and the call in it live on
        try:
            sys.settrace(interrupter)
            await clerk.users.get_async(user_id="user_1")
        except KeyboardInterrupt as error:
            kept = error
        finally:
            sys.settrace(None)
        with trio.fail_after(SECONDS):
            await trio.sleep(0.02)  # raises when somebody else wakes the task
            await clerk.users.get_async(user_id="user_2")
        return "went on" if kept is None else "interrupted"

    for number in itertools.count(1):
        interrupter = Interrupter(number)
        try:
            outcomes.append(trio.run(main, interrupter))
        except KeyboardInterrupt:
            outcomes.append("interrupted later")
        if interrupter.left > 0:
            break
    clerk.close()
    assert len(outcomes) > 5
    assert outcomes.pop() == "went on"
    assert "interrupted" in outcomes
