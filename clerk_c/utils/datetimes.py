"""Reading date-times."""

import sys
from datetime import datetime


def parse_datetime(datetime_string: str) -> datetime:
    """A date-time from text in RFC 3339, such as "2026-01-31T12:00:00Z". Raises ValueError."""
    if sys.version_info < (3, 11) and datetime_string[-1:] == "Z":
        datetime_string = datetime_string[:-1] + "+00:00"
    return datetime.fromisoformat(datetime_string)
