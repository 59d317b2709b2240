"""How failed calls are repeated: the settings, as plain values."""


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


def _show(value: object) -> str:
    settings = ", ".join(f"{name}={setting!r}" for name, setting in vars(value).items())
    return f"{type(value).__name__}({settings})"
