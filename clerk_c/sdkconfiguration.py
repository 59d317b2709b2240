"""Facts about the service."""

from .sdk import SERVERS

__all__ = ["SERVERS"]
