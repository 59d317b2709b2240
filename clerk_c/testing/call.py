"""One request as a route sees it, and the reply it gives."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from clerk_c.testing import errors
from clerk_c.testing.fields import Fields, Query, read_fields
from clerk_c.testing.multipart import Upload, read_files
from clerk_c.testing.store import Store


class Reply(NamedTuple):
    """What to answer; a route that returns anything else answers 200 with that as JSON."""

    status: int = 200
    content: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = {}


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Reply(status, text.encode(), headers=headers or {})


class Call(NamedTuple):
    """A request that was let in, with its body read."""

    store: Store
    origin: str
    path: Mapping[str, str]
    query: Query
    headers: Mapping[str, str]
    body: bytes
    machine_id: str | None = None  # of the machine whose secret key came

    def json(self) -> Any:
        """The body as JSON; an absent one is an empty object."""
        if not self.body:
            return {}
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise errors.content_type_unsupported(kind, "application/json")
        try:
            value = json.loads(self.body.decode(), parse_constant=_refuse)
            if b"\\ud" in self.body.lower():
                json.dumps(value, ensure_ascii=False).encode()
        except UnicodeDecodeError:
            raise errors.body_malformed("The request body is not UTF-8.") from None
        except UnicodeEncodeError:
            raise errors.body_malformed("The request body has a lone surrogate.") from None
        except RecursionError:
            raise errors.body_malformed("The request body is nested too deeply.") from None
        except ValueError as error:
            raise errors.body_malformed(f"The request body is not JSON: {error}") from None
        return value

    def files(self) -> dict[str, Upload]:
        """The files of a multipart body; none if it is of another kind."""
        return read_files(self.headers.get("content-type", ""), self.body)

    def fields(self, fields: Fields, *, required: Iterable[str] = ()) -> dict[str, Any]:
        """The parameters of a body that has to be an object."""
        value = self.json()
        if not isinstance(value, dict):
            raise errors.body_malformed("The request body has to be an object.")
        return read_fields(value, fields, required=required)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
