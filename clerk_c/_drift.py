"""What tolerant reading met: places where answers are not what is documented."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_MOST = 1000


class Difference:
    """One kind of place where answers differ.

    Attributes:
        operation: such as "Users.list".
        where: the way there, such as "[].email_addresses[].verification".
        expected: what is documented, as a sentence.
        came: name of the type that came instead, or "nothing".
        count: how often.
    """

    __slots__ = ("came", "count", "expected", "operation", "where")

    def __init__(self, operation: str, where: str, expected: str, came: str, count: int) -> None:
        self.operation = operation
        self.where = where
        self.expected = expected
        self.came = came
        self.count = count

    def __repr__(self) -> str:
        return f"<{self.operation}: {self.where}: {self.expected}; {self.came} came {self.count}x>"


class Drift:
    """Differences between answers and their documentation, each with a count.

    Iterating gives one `Difference` for each kind of place: the operation, where in
    the answer (indexes as `[]`), what was expected, the type that came, and how often.
    Values are never kept. The first time that a place is met, the logger "clerk_c"
    says so at INFO.
    """

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str, str], int] = {}

    def record(
        self,
        operation: str,
        findings: "list[tuple[str, tuple[str | int, ...], str, Any]]",
        prefix: str = "",
    ) -> None:
        """Counts the findings about an answer, or the part of it at prefix, for the core."""
        for _, location, expected, value in findings:
            came = "nothing" if expected == "Field required" else type(value).__name__
            key = (operation, _where(prefix, location), expected, came)
            seen = self._counts.get(key, 0)
            if not seen and len(self._counts) >= _MOST:
                continue  # a server gone mad must not fill the memory
            self._counts[key] = seen + 1
            if not seen:
                _log(key)

    def clear(self) -> None:
        """Forgets everything, so that places met again are logged again."""
        self._counts.clear()

    def __len__(self) -> int:
        return len(self._counts)

    def __iter__(self) -> "Iterator[Difference]":
        return iter([Difference(*key, count) for key, count in list(self._counts.items())])

    def __repr__(self) -> str:
        return f"<Drift: {len(self._counts)} places>"


def _where(prefix: str, location: "tuple[str | int, ...]") -> str:
    text = prefix + "".join("[]" if isinstance(step, int) else f".{step}" for step in location)
    return text.removeprefix(".")


def _log(key: "tuple[str, str, str, str]") -> None:
    import logging

    logging.getLogger("clerk_c").info("%s: the answer's %s is not as documented: %s; %s came", *key)
