"""The error for values that do not fit."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ValidationError(ValueError):
    """What is wrong with a value: all of it, each finding with its place.

    Attributes:
        title: the operation or model that refused the value.
    """

    def __init__(
        self, title: str, findings: "list[tuple[str, tuple[str | int, ...], str, Any]]"
    ) -> None:
        super().__init__(title, findings)
        self.title = title
        self._findings = findings

    def errors(self) -> "list[dict[str, Any]]":
        """Each finding as a dict with `type`, `loc` (tuple), `msg` and `input`."""
        return [
            {"type": kind, "loc": loc, "msg": msg, "input": value}
            for kind, loc, msg, value in self._findings
        ]

    def error_count(self) -> int:
        """How many findings there are."""
        return len(self._findings)

    def __str__(self) -> str:
        # the values themselves may be secrets: only their types are shown
        count = len(self._findings)
        lines = [f"{count} validation error{'s' if count != 1 else ''} for {self.title}"]
        for kind, loc, msg, value in self._findings:
            lines.append(".".join(str(step) for step in loc) or "(the whole value)")
            lines.append(f"  {msg} [type={kind}, input_type={type(value).__name__}]")
        return "\n".join(lines)

    __repr__ = __str__
