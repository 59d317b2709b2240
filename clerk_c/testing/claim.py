"""One server at a time for each store that is kept: a lock that ends with the process."""

from __future__ import annotations

import fcntl
import os


class Claim:
    """Holds `<path>-server` locked until `release`, or until the process is gone, however it
    ends. The file itself stays: removing it would let two servers lock two files of one name.

    Raises:
        ValueError: another server has the store, or the lock cannot be made.
    """

    def __init__(self, path: str) -> None:
        self._file = -1
        try:
            # Not the store itself: closing it here would drop the locks that SQLite has on it.
            self._file = os.open(f"{path}-server", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise ValueError(f"{path} is in use by another server") from None
        except OSError as error:
            self.release()
            raise ValueError(f"{path} cannot be used as a store: {error.strerror}") from None

    def release(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
