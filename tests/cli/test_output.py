"""What comes out: faithful JSON, lines, tables, pages, and nothing that harms a terminal."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import Any
from urllib.parse import parse_qs

import pytest
from commanding import Cli, all_operations
from recorder import KEY, Recorded, Recorder, reply

from clerk_c import _core, pagination
from clerk_c.cli import jsontext

# What is not documented, and numbers and texts that a careless reader would spoil.
ODD = (
    '{"id": "user_1", "object": "user", "unknown": {"deep": [1.10, 1e400, -0.0, 12345678901234567'
    '8901234567890]}, "first_name": "J\\u00fcrgen \\u001b[31m \\u202e", "banned": false, '
    '"last_name": null, "image_url": "", "empty": {}, "none": []}'
)


def pages(count: int, page: bool = False) -> Any:
    """Answers for a list of so many users, with what is asked for."""

    def answer(request: Recorded) -> bytes:
        query = parse_qs(request.query)
        start, limit = (int(query[name][0]) for name in ("offset", "limit"))
        found = [
            {"id": f"user_{n}", "object": "user", "extra": n, "first_name": f"Ada {n}"}
            for n in range(start, min(start + limit, count))
        ]
        return reply(200, {"data": found, "total_count": count} if page else found)

    return answer


def test_json_as_it_came(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(200, ODD)
    done = cli("users", "get", "user_1", "--json")
    assert done.status == 0
    assert done.out.startswith('{\n  "id": "user_1",\n  "object": "user",\n  "unknown": {\n')
    squeezed = "".join(line.strip() for line in done.out.splitlines())
    for text in ("1.10", "1e400", "-0.0", "123456789012345678901234567890"):
        assert f"{text}," in squeezed or f"{text}]" in squeezed, text
    assert "Jürgen \\u001b[31m \\u202e" in done.out
    assert '"empty": {},' in done.out and '"none": []\n}' in done.out
    assert jsontext.read(done.out).keys() == json.loads(ODD).keys()


def test_json_lines(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(200, f"[{ODD}, {ODD}]")
    lines = cli("users", "list", "--jsonl").out.splitlines()
    assert len(lines) == 2 and lines[0] == lines[1] and "1e400" in lines[0]
    recorder.answer = reply(200, {"data": [{"id": "org_1"}], "total_count": 1})
    assert cli("organizations", "list", "--jsonl").out == '{"id": "org_1"}\n'
    assert '"total_count": 1' in cli("organizations", "list", "--json").out
    recorder.answer = reply(200, {"id": "user_1", "email_addresses": [{"id": "idn_1"}]})
    assert cli("users", "get", "user_1", "--jsonl").out.startswith('{"id": "user_1"')


@pytest.mark.parametrize("group", ["users", "organizations"])
def test_all_pages(cli: Cli, recorder: Recorder, group: str) -> None:
    recorder.answer = pages(7, page=group == "organizations")
    done = cli(group, "list", "--all", "--limit", "3", "--jsonl")
    assert done.status == 0
    assert [json.loads(line)["extra"] for line in done.out.splitlines()] == [*range(7)]
    assert len(recorder.requests) > 2
    done = cli(group, "list", "--all", "--json")
    assert [entry["extra"] for entry in json.loads(done.out)] == [*range(7)]
    done = cli(group, "list", "--all", "--csv", "--columns", "id")
    assert done.out.split() == ["id", *(f"user_{n}" for n in range(7))]


def test_all_pages_of_nothing(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = pages(0)
    assert cli("users", "list", "--all", "--json").out == "[]\n"
    assert cli("users", "list", "--all", "--jsonl").out == ""
    assert "created_at" in cli("users", "list", "--all", "--table").out


def test_all_pages_take_no_more_than_the_api(cli: Cli, recorder: Recorder) -> None:
    done = cli("users", "list", "--all", "--limit", "501")
    assert done.status == 2 and "between 1 and 500" in done.err
    assert recorder.requests == []


def test_an_error_in_the_middle_of_all_pages(cli: Cli, recorder: Recorder) -> None:
    full = pages(10)

    def answer(request: Recorded) -> bytes:
        return full(request) if "offset=0" in request.query else reply(401, {"errors": []})

    recorder.answer = answer
    done = cli("users", "list", "--all", "--limit", "3", "--jsonl")
    assert done.status == 3
    assert len(done.out.splitlines()) == 3
    done = cli("users", "list", "--all", "--limit", "3", "--json")
    assert done.status == 3
    assert [entry["extra"] for entry in json.loads(done.out)] == [0, 1, 2]
    for form in ("--table", "--csv"):
        done = cli("users", "list", "--all", "--limit", "3", form)
        assert done.status == 3
        assert [f"Ada {n}" in done.out for n in range(4)] == [True, True, True, False], form
    recorder.answer = reply(401, {"errors": []})
    for form in ("--json", "--jsonl", "--table", "--csv"):
        assert cli("users", "list", "--all", form)[:2] == (3, ""), form


def test_all_pages_as_csv_have_titles_once(cli: Cli, recorder: Recorder) -> None:
    """Written in pieces; a name with a line break in it is one name."""
    recorder.answer = pages(1201)
    odd = "public_metadata.a\nb"
    done = cli("users", "list", "--all", "--limit", "500", "--csv", "--columns", f"{odd},id")
    rows = [*csv.reader(io.StringIO(done.out))]
    assert rows == [[odd, "id"], *(["", f"user_{n}"] for n in range(1201))]
    done = cli("users", "list", "--all", "--limit", "500", "--jsonl", "--columns", "id")
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == [r[1] for r in rows[1:]]


def test_tables(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = pages(3)
    done = cli("users", "list", "--table", "--columns", "first_name,id")
    lines = done.out.splitlines()
    assert lines[0].split() == ["first_name", "id"]
    assert lines[2].split() == ["Ada", "0", "user_0"]
    done = cli("users", "list", "--csv", "--columns=id,first_name")
    rows = [*csv.reader(io.StringIO(done.out))]
    assert rows == [["id", "first_name"], *([f"user_{n}", f"Ada {n}"] for n in range(3))]
    done = cli("users", "list", "--columns", "first_name", "--json")
    assert json.loads(done.out) == [{"first_name": f"Ada {n}"} for n in range(3)]
    done = cli("users", "list", "--columns", "first_name", "--jsonl")
    assert done.out.splitlines()[0] == '{"first_name": "Ada 0"}'
    recorder.answer = reply(200, {"id": "user_9", "first_name": "Grace"})
    done = cli("users", "get", "user_9", "--columns", "first_name")
    assert json.loads(done.out) == {"first_name": "Grace"}
    shown = cli("users", "get", "user_9", "--table").out
    assert "Grace" in shown and shown.endswith(" columns (--columns all))\n")


def test_tables_hide_what_is_private(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(200, [{"id": "user_1", "private_metadata": {"note": "hidden"}}])
    words = ("users", "list", "--csv", "--columns", "private_metadata.note")
    done = cli(*words)
    assert done.status == 2 and "hidden" not in done.out + done.err
    assert "hidden" in cli(*words, "--show-private").out


def test_unknown_columns(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = pages(1)
    done = cli("users", "list", "--table", "--columns", "frist_name")
    assert (done.status, done.out) == (2, "") and "first_name" in done.err
    words = ("organizations", "list", "--all", "--csv", "--columns", "id,nmae")
    assert "'name'" in cli(*words).err
    done = cli("users", "create", "--first-name", "Ada", "--columns", "emial")
    assert (done.status, done.out) == (2, "")
    assert recorder.requests == []


def test_answers_that_are_no_json_and_none(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(200, "<html>ü</html>", "text/html")
    done = cli("miscellaneous", "get-public-interstitial")
    assert done.status == 0
    recorder.answer = reply(204)
    for form in ("--json", "--jsonl", "--table"):
        assert cli("webhooks", "delete-svix-app", "--yes", form)[:2] == (0, "")


def test_a_deprecated_operation_says_so(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(200, [])
    done = cli("clients", "list")
    assert done.status == 0 and "clients list is deprecated" in done.err


def test_dry_run_sends_nothing(cli: Cli, recorder: Recorder) -> None:
    done = cli("users", "create", "--first-name", "Ada", "--password", "hunter22", "--dry-run")
    assert done.status == 0 and recorder.requests == []
    assert f"POST {recorder.url}/users" in done.out
    assert '"first_name": "Ada"' in done.out
    assert "hunter22" not in done.out and KEY not in done.out
    assert cli("users", "delete", "user_1", "--dry-run").status == 0
    assert cli("users", "list", "--all", "--dry-run", "--table").status == 0
    assert recorder.requests == []


def test_debug_shows_no_secret(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(200, {"id": "user_1"})
    done = cli("users", "create", "--password", "hunter22", "--debug")
    assert "Request: POST" in done.err and "Response: 200" in done.err
    assert "hunter22" not in done.err and KEY not in done.err


class Screen(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def seen(cli: Cli, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """What a terminal gets."""
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    assert cli(*words).status == 0
    return screen.getvalue()


def test_terminals_get_tables_and_colours(
    cli: Cli, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    recorder.answer = pages(2)
    assert seen(cli, monkeypatch, "users", "list").startswith("id ")
    assert "\x1b[" in seen(cli, monkeypatch, "users", "list", "--json")
    assert "\x1b[" in seen(cli, monkeypatch, "users", "--help")
    assert "\x1b[" not in seen(cli, monkeypatch, "users", "list", "--jsonl")
    recorder.answer = reply(200, ODD)
    assert "\x1b[31m" not in seen(cli, monkeypatch, "users", "get", "user_1")
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
        assert "\x1b" not in seen(cli, monkeypatch, "users", "get", "user_1")
        assert "\x1b" not in seen(cli, monkeypatch, "--help")
        monkeypatch.delenv(name)


def test_a_terminal_that_knows_ascii_alone(
    cli: Cli, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [{"id": "user_1", "first_name": "Jürgen 日本 \U0001f600"}]
    recorder.answer = reply(200, users)
    found = {}
    for form in ("--json", "--jsonl", "--table", "--csv"):
        out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        monkeypatch.setattr(sys, "stdout", out)
        assert cli("users", "list", form).status == 0
        out.seek(0)
        found[form] = out.read()
    assert json.loads(found["--json"]) == users
    assert json.loads(found["--jsonl"]) == users[0]
    assert "J\\xfcrgen" in found["--table"] and "J\\xfcrgen" in found["--csv"]


def test_errors_steer_no_terminal(cli: Cli, recorder: Recorder) -> None:
    message = "\x1b]0;title\x07 \x9b31m sk_test_" + "a" * 40
    recorder.answer = reply(422, {"errors": [{"message": message, "code": "\x1b[2J"}]})
    done = cli("users", "get", "user_1")
    assert done.status == 5
    assert not {"\x1b", "\x07", "\x9b"} & {*done.err} and "sk_test_a" not in done.err


@pytest.mark.parametrize("depth", [10, 100, 190, 400, 950, 5000])
def test_deep_answers(cli: Cli, recorder: Recorder, depth: int) -> None:
    """Shown as they are, or refused; never a traceback."""
    recorder.answer = reply(200, '{"id": "user_1", "deep": ' + "[" * depth + "]" * depth + "}")
    done = cli("users", "get", "user_1", "--json", "--retries", "0")
    assert (done.status == 0 and done.out.count("[") == depth) or done.status == 7
    assert done.status == 0 or depth > 100


def test_other_charsets(cli: Cli, recorder: Recorder) -> None:
    body = '{"id": "user_1", "first_name": "Jürgen"}'.encode("latin-1")
    recorder.answer = reply(200, body, "application/json; charset=iso-8859-1")
    assert "Jürgen" in cli("users", "get", "user_1").out


def test_all_pages_of_every_operation_that_lists(cli: Cli, recorder: Recorder) -> None:
    listings = {*pagination.listings()}
    seen = 0
    for operation in all_operations():
        if f"{operation.group}.{operation.name}" not in listings:
            continue
        seen += 1
        elements = [{"id": f"x_{number}", "extra": 1.50} for number in range(2)]
        answer: Any = elements
        if not operation.result.startswith("List["):
            fields = _core.export(operation.result.removeprefix("models.")).__clerk_fields__()
            (name,) = [wire for _, wire, tree, *_ in fields if tree[0] == "list"]
            answer = {"total_count": 2, name: elements}
        recorder.answer = reply(200, answer)
        words = operation.words.split() + ["sms"] * len(operation.in_path)
        for parameter in operation.parameters:
            if parameter.required and parameter.place != "path":
                words += [f"--{parameter.flag}", "x"]
        done = cli(*words, "--all", "--jsonl", "--retries", "0")
        assert done.status == 0, (words, done.err)
        assert [json.loads(line) for line in done.out.splitlines()] == elements, words
    assert seen == len(listings) > 30
