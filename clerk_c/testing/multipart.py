"""Reading a multipart body that is in memory already: the files of it."""

from __future__ import annotations

from typing import NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from clerk_c.testing import errors

_PART_LIMIT = 20
_NAMES = (b"name", b"filename")


class Upload(NamedTuple):
    """A file of a multipart body."""

    file_name: str
    content_type: str
    content: bytes


class _Collector:
    """Gathers parts as the parser reports them."""

    def __init__(self) -> None:
        self.parts: list[tuple[dict[str, str], bytearray]] = []
        self.complete = False
        self._name = bytearray()
        self._value = bytearray()

    def on_part_begin(self) -> None:
        if len(self.parts) == _PART_LIMIT:
            raise FormParserError(f"more than {_PART_LIMIT} parts")
        self.parts.append(({}, bytearray()))

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        name = self._name.decode("latin-1").lower()
        self.parts[-1][0][name] = self._value.decode("latin-1")
        self._name.clear()
        self._value.clear()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1][1].extend(memoryview(data)[start:end])

    def on_end(self) -> None:
        self.complete = True


def read_files(content_type: str, body: bytes) -> dict[str, Upload]:
    """The files by the name of their field; parts without a file name are left out."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        return {}
    collector = _Collector()
    try:
        parser = MultipartParser(
            options.get(b"boundary", b""),
            {
                "on_part_begin": collector.on_part_begin,
                "on_header_field": collector.on_header_field,
                "on_header_value": collector.on_header_value,
                "on_header_end": collector.on_header_end,
                "on_part_data": collector.on_part_data,
                "on_end": collector.on_end,
            },
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise errors.body_malformed(f"The multipart body is malformed: {error}") from None
    if not collector.complete:
        raise errors.body_malformed("The multipart body ends before its last boundary.")
    return dict(_files(collector))


def _files(collector: _Collector) -> list[tuple[str, Upload]]:
    files = []
    for headers, content in collector.parts:
        _, options = parse_options_header(headers.get("content-disposition"))
        if b"name" in options and b"filename" in options:
            # The header came as latin-1; names are UTF-8 within it.
            name, file_name = (options[key].decode("utf-8", "replace") for key in _NAMES)
            upload = Upload(file_name, headers.get("content-type", ""), bytes(content))
            files.append((name, upload))
    return files
