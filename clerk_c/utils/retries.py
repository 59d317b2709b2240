"""How failed calls are repeated: the settings, as plain values."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class BackoffStrategy:
    """Growing waits between attempts. All times are in milliseconds.

    Args:
        initial_interval: wait before the first repetition.
        max_interval: no wait is longer than this.
        exponent: each wait is this many times the one before.
        max_elapsed_time: after this much time in all, no attempt is begun.
        jitter_ms: each wait grows by a random part of at most this much; by up to a second when
            it is None.

    A wait that the server asks for (Retry-After, retry-after-ms) is taken as it is.
    """

    initial_interval: int
    max_interval: int
    exponent: float
    max_elapsed_time: int
    jitter_ms: "int | None"

    def __init__(
        self,
        initial_interval: int,
        max_interval: int,
        exponent: float,
        max_elapsed_time: int,
        jitter_ms: "int | None" = None,
    ) -> None:
        if jitter_ms is not None and jitter_ms < 0:
            raise ValueError(f"jitter_ms must be at least 0, not {jitter_ms}")
        self.initial_interval = initial_interval
        self.max_interval = max_interval
        self.exponent = exponent
        self.max_elapsed_time = max_elapsed_time
        self.jitter_ms = jitter_ms

    def __repr__(self) -> str:
        return _show(self)


class RetryConfig:
    """Whether and how failed calls are repeated.

    Args:
        strategy: "backoff" repeats, anything else does not.
        backoff: the waits.
        retry_connection_errors: repeat also what got no answer.
        status_codes_override: the answers that lead to a repetition, such as ["429", "5XX"];
            where it is empty or None, those that the operation documents.
    """

    strategy: str
    backoff: BackoffStrategy
    retry_connection_errors: bool
    status_codes_override: "list[str] | None"

    def __init__(
        self,
        strategy: str,
        backoff: BackoffStrategy,
        retry_connection_errors: bool,
        status_codes_override: "list[str] | None" = None,
    ) -> None:
        self.strategy = strategy
        self.backoff = backoff
        self.retry_connection_errors = retry_connection_errors
        self.status_codes_override = status_codes_override

    def __repr__(self) -> str:
        return _show(self)


class Retries:
    """A configuration with the codes that apply to one operation.

    Args:
        config: the configuration.
        status_codes: the operation's own codes, unless the configuration overrides them.
    """

    config: RetryConfig
    status_codes: "list[str]"

    def __init__(self, config: RetryConfig, status_codes: "list[str]") -> None:
        self.config = config
        self.status_codes = config.status_codes_override or status_codes

    def __repr__(self) -> str:
        return _show(self)


class RetryPolicy(RetryConfig):
    """Bounded retries, for `retry_config=` of a client and `retries=` of a call: a cap on the
    tries, a time limit over all of them, 429 heeded, and nothing done twice unless you say so.

    Args:
        max_attempts: how often a request is sent at most, the first time included.
        deadline_ms: milliseconds from the first try on, waits included: a wait that would end
            later is not begun. None: no such limit.
        statuses: answers that lead to another try, such as "503", or "5XX" for a class.
        repeat_unsafe: send also POST and PATCH again where the first one may have had an effect.
            Otherwise they are sent again only when nothing of them was sent, or after 429.
        connection_errors: try again after failed connections and time limits.
        initial_ms, max_ms, exponent: the first wait, the longest one (both in milliseconds), and
            the factor from one to the next.
        jitter_ms: each wait grows by a random part of at most so many milliseconds.

    A wait that the server asks for (Retry-After, retry-after-ms) is taken as it is, if it ends
    before the deadline. What remains when no try is left is the last answer or error.

    Raises:
        TypeError, ValueError: an argument makes no sense; the text names it.
    """

    max_attempts: int
    deadline_ms: "float | None"
    repeat_unsafe: bool

    def __init__(
        self,
        *,
        max_attempts: int = 4,
        deadline_ms: "float | None" = 30_000,
        statuses: "Sequence[str]" = ("429", "5XX"),
        repeat_unsafe: bool = False,
        connection_errors: bool = True,
        initial_ms: int = 500,
        max_ms: int = 10_000,
        exponent: float = 2,
        jitter_ms: int = 250,
    ) -> None:
        _whole("max_attempts", max_attempts, 1)
        if deadline_ms is not None:
            _number("deadline_ms", deadline_ms, 0)
        _number("initial_ms", initial_ms, 0)
        _number("max_ms", max_ms, 0)
        _number("exponent", exponent, 1)
        _number("jitter_ms", jitter_ms, 0)
        if isinstance(statuses, str):
            raise TypeError("statuses must be a list of str, not one str")
        forever = 2**53
        elapsed = forever if deadline_ms is None else int(deadline_ms)
        backoff = BackoffStrategy(initial_ms, max_ms, exponent, elapsed, jitter_ms)
        super().__init__("backoff", backoff, connection_errors, list(statuses))
        self.max_attempts = max_attempts
        self.deadline_ms = deadline_ms
        self.repeat_unsafe = repeat_unsafe


def _number(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number, not {type(value).__name__!r}")
    if not least <= value < float("inf"):
        raise ValueError(f"{name} must be at least {least} and finite, not {value!r}")


def _whole(name: str, value: object, least: int) -> None:
    if not isinstance(value, int):
        raise TypeError(f"{name} must be int, not {type(value).__name__!r}")
    _number(name, value, least)


def _show(value: object) -> str:
    settings = ", ".join(f"{name}={setting!r}" for name, setting in vars(value).items())
    return f"{type(value).__name__}({settings})"
