"""What a command line sends is what the same call of the SDK sends, for every operation."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from random import Random
from typing import Any

import pytest
from answers import response_for
from commanding import Cli, all_operations
from generate import OPERATIONS
from recorder import KEY, Recorded, Recorder, reply

from clerk_c import Clerk, Upload
from clerk_c.cli.catalogue import Operation, Parameter

TEXT = "tëxt & more=1"
PLACE = "user_1"


def value_of(tree: Any) -> Any:
    """Something of that type, as JSON."""
    kind, detail, *_ = tree
    if kind == "enum":
        return [member.value for member in detail][-1]
    if kind == "model":
        return {
            name: value_of(inner)
            for name, _, inner, required, *_ in detail.__clerk_fields__()
            if required
        }
    if kind == "list":
        return [value_of(detail)]
    if kind == "dict":
        return {"a": value_of(detail)}
    if kind == "const":
        return detail
    return {
        "str": TEXT, "int": 7, "float": 2.5, "bool": True, "any": {"deep": [1, None, "x"]},
        "datetime": "2024-02-29T12:30:00Z",
    }[kind]  # fmt: skip


class Case:
    """An operation with all its parameters: words, JSON and keyword arguments."""

    def __init__(self, operation: Operation, picture: Path) -> None:
        self.flags: list[str] = []
        self.arguments: list[str] = []  # the path, without flags
        self.files: list[str] = []
        self.body: dict[str, Any] = {}
        self.given: dict[str, Any] = {}
        for number, parameter in enumerate(operation.parameters):
            self._add(parameter, number, picture)
        if operation.request == "members":
            self.given = {"request": self.given}

    def _add(self, parameter: Parameter, number: int, picture: Path) -> None:
        flag = f"--{parameter.flag}"
        if parameter.is_file:
            self.files = [flag, str(picture)]
            self.flags += self.files
            self.given[parameter.name] = Upload(picture)
            return
        value = value_of(parameter.type)
        if parameter.type[0] == "bool" and number % 2:
            value, flag = False, f"--no-{parameter.flag}"
        if parameter.is_list:
            value = value * 2
        if parameter.place == "path" and parameter.type[0] == "str":
            value = f"{PLACE}{number}"
        self.given[parameter.name] = value
        if parameter.place == "path":
            self.arguments.append(str(value))
        else:
            self.body[parameter.name] = value
        if parameter.is_switch:
            self.flags.append(flag)
        for each in () if parameter.is_switch else value if parameter.is_list else [value]:
            text = str(each) if isinstance(each, (str, int, float)) else json.dumps(each)
            self.flags += [flag, text]


def sent(recorder: Recorder) -> tuple[Any, ...]:
    request: Recorded = recorder.take()
    kinds = request.plain_type(), request.one("authorization"), request.one("accept")
    return request.method, request.target, request.plain_body(), *kinds


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "face.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    return path


def test_every_operation(cli: Cli, recorder: Recorder, picture: Path) -> None:
    """All parameters by flags; and those outside of the path in a JSON object."""
    rows = {(row["group"], row["name"]): row for row in OPERATIONS}
    seen = 0
    with Clerk(KEY, server_url=recorder.url, retry_config=None) as clerk:
        for operation in all_operations():
            row = rows[operation.group, operation.name]
            case = Case(operation, picture)
            recorder.answer = reply(*response_for(row, Random(1)))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                getattr(getattr(clerk, operation.group), operation.name)(**case.given)
            expected = sent(recorder)
            words = operation.words.split()
            by_flags = cli(*words, *case.flags, "--json", "--yes")
            assert by_flags.status == 0, (words, by_flags.err)
            assert sent(recorder) == expected, words
            body = ["--body", "-"] if case.body else []
            stdin = json.dumps(case.body).encode()
            by_body = cli(
                *words, *case.arguments, *case.files, *body, "--json", "-y", stdin=stdin
            )
            assert by_body.status == 0, (words, by_body.err)
            assert sent(recorder) == expected, words
            seen += 1
    assert seen == len(OPERATIONS) == 237


def test_path_by_words_flags_and_both(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(200, {})
    for words in (
        ("user_1", "pk_2"),
        ("--user-id", "user_1", "pk_2"),
        ("--passkey-identification-id=pk_2", "user_1"),
        ("--user_id=user_1", "--", "pk_2"),
    ):
        assert cli("users", "delete-passkey", "--yes", *words).status == 0
        assert recorder.take().target == "/v1/users/user_1/passkeys/pk_2"


def test_a_body_is_mended_by_flags(cli: Cli, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = reply(200, {})
    body = {"firstName": "Ada", "last_name": "x", "email_address": ["a@example.com"]}
    path = tmp_path / "user.json"
    path.write_text(json.dumps(body), "utf-8-sig")
    done = cli(
        *("users", "create", "--body", str(path), "--last-name", "Lovelace"),
        *("--email-address", "b@example.com", "--email-address", "c@example.com"),
        *("--null", "locale"),
    )
    assert done.status == 0, done.err
    assert recorder.take().json() == {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "locale": None,
        "email_address": ["b@example.com", "c@example.com"],
    }


def test_members_of_objects(cli: Cli, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = reply(200, {})
    (tmp_path / "meta.json").write_text('{"plan": "free", "deep": {"kept": 1}}', "utf-8")
    done = cli(
        *("users", "update-metadata", "user_1", f"--public-metadata=@{tmp_path}/meta.json"),
        *("--public-metadata.plan", "pro", "--public-metadata.deep.n=5"),
        *("--public-metadata.text", '"5"', "--private-metadata.on", "true"),
        *("--unsafe-metadata", '{"list": [1.50, null]}'),
    )
    assert done.status == 0, done.err
    assert recorder.take().json() == {
        "public_metadata": {"plan": "pro", "deep": {"kept": 1, "n": 5}, "text": "5"},
        "private_metadata": {"on": True},
        "unsafe_metadata": {"list": [1.5, None]},
    }


def test_members_of_models_have_types(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(200, {})
    words = ("enterprise-connections", "update", "ec_1")
    done = cli(*words, "--saml.idp-entity-id", "123", "--saml.allow-subdomains", "yes")
    assert done.status == 0, done.err
    assert recorder.take().json()["saml"] == {"idp_entity_id": "123", "allow_subdomains": True}
    done = cli(*words, "--saml.idp-entity", "x")
    assert done.status == 2 and "idp_entity_id" in done.err


def test_lists_as_json(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(200, [])
    both = [{"email_address": "a@example.com"}, {"email_address": "b@example.com"}]
    one, two = map(json.dumps, both)
    for words in (
        ("--request", one, "--request", two),
        ("--request", json.dumps(both)),
        ("--body", json.dumps(both)),
    ):
        done = cli("invitations", "bulk-create", *words)
        assert done.status == 0, done.err
        assert [entry["email_address"] for entry in recorder.take().json()] == [
            "a@example.com",
            "b@example.com",
        ]


def test_secrets_out_of_files_and_standard_input(
    cli: Cli, recorder: Recorder, tmp_path: Path
) -> None:
    recorder.answer = reply(200, {"verified": True})
    (tmp_path / "password").write_text("hünter2\n", "utf-8")
    words = ("users", "verify-password", "user_1", "--password")
    for text, stdin, expected in (
        (f"@{tmp_path}/password", b"", "hünter2"),
        ("@-", b"from a pipe\r\n", "from a pipe"),
        ("@@at", b"", "@at"),
        ("plain", b"", "plain"),
    ):
        assert cli(*words, text, stdin=stdin).status == 0
        assert recorder.take().json() == {"password": expected}
    recorder.answer = reply(200, [])
    assert cli("users", "list", "--query", "@example.com").status == 0  # no secret, no file
    assert "query=%40example.com" in recorder.take().query


def test_values_that_begin_with_a_dash(cli: Cli, recorder: Recorder) -> None:
    recorder.answer = reply(200, [])
    assert cli("users", "list", "--order-by", "-created_at", "--offset", "-1").status == 0
    assert {"order_by=-created_at", "offset=-1"} <= {*recorder.take().query.split("&")}
    recorder.answer = reply(200, {})
    assert cli("users", "get", "--", "--odd").status == 0
    assert recorder.take().path == "/v1/users/--odd"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("users", "list", "--limit", "x"), "not a whole number"),
        (("users", "list", "--limit"), "needs a value (NUMBER)"),
        (("users", "list", "--limit", "--json"), "needs a value"),
        (("users", "list", "--limit", "1_000"), "not a whole number"),
        (("users", "list", "--limit=5", "--limit=6"), "given twice"),
        (("users", "list", "--order-bye", "x"), "did you mean --order-by?"),
        (("users", "list", "--no-limit"), "there is no option"),
        (("users", "list", "--banned=perhaps"), "neither true nor false"),
        (("users", "list", "--json=yes"), "takes no value"),
        (("users", "list", "--limit.x", "5"), "has nothing inside"),
        (("users", "list", "-x"), "there is no option '-x'"),
        (("users", "list", "extra"), "one argument too many"),
        (("users", "list", "--json", "--table"), "exclude each other"),
        (("users", "list", "--columns", "a,,b"), "is empty"),
        (("users", "get"), "needs USER-ID"),
        (("users", "get", "a", "b"), "one argument too many"),
        (("users", "get", ".."), "must not be"),
        (("users", "get", "user_1", "--all"), "lists nothing"),
        (("users", "get", "user_1", "--body", "{}", "--null", "x"), "no parameter 'x'"),
        (("users", "ban"), "needs USER-ID"),
        (("users", "lst"), "did you mean list?"),
        (("usrs", "list"), "did you mean users?"),
        (("sessions", "list", "--status", "activ"), "did you mean active?"),
        (("users", "create", "--public-metadata", "{"), "not JSON"),
        (("users", "create", "--public-metadata", "plan=pro"), "an object is written as"),
        (("users", "create", "--public-metadata", "NaN"), "not JSON"),
        (("users", "create", "--public-metadata", "[" * 100_000), "not JSON"),
        (("users", "create", "--public-metadata", "[1]"), "public_metadata"),
        (("users", "create", "--public-metadata.a=1", "--public-metadata.a.b=2"), "no object"),
        (("users", "create", "--public-metadata..a", "1"), "is empty"),
        (("users", "create", "--body", "[]"), "has to be an object"),
        (("users", "create", "--body", '{"frist_name": "x"}'), "did you mean first_name"),
        (("users", "create", "--body", '{"first_name": 1, "firstName": 2}'), "there twice"),
        (("users", "create", "--body", '{"first_name": 1}'), "first_name"),
        (("users", "create", "--null", "email_address"), "cannot be null"),
        (("users", "create", "--null", "username", "--username", "x"), "has a value, too"),
        (("users", "create", "--first-name", "\udcff"), "not UTF-8"),
        (("jwks", "get", "--body", "{}"), "no parameters"),
        (("users", "set-profile-image", "u", "--body", '{"file": "x"}'), "--file PATH"),
        (("users", "list", "--timeout", "soon"), "not a time"),
        (("users", "list", "--timeout", "0"), "not a time"),
        (("users", "list", "--timeout", "nan"), "not a time"),
        (("users", "list", "--retries", "-1"), "not a number"),
        (("users", "list", "--api-url", "example.com"), "must be a URL"),
        (("users", "list", "--api-url", "ftp://example.com"), "must be a URL"),
        (("email-sms-templates", "list", "fax"), "one of email, sms"),
        (("--limt", "5"), "there is no option --limt"),
        (("users", "verify-password", "u"), "needs --password"),
    ],
)
def test_what_makes_no_sense(
    cli: Cli, recorder: Recorder, words: tuple[str, ...], says: str
) -> None:
    done = cli(*words)
    assert (done.status, done.out) == (2, ""), done
    assert says in done.err
    assert "Traceback" not in done.err
    assert recorder.requests == []


def test_no_key_in_a_command(cli: Cli, recorder: Recorder) -> None:
    for words in (
        ("users", "list", "--secret-key", "abcdef"),
        ("users", "list", "--key=abcdef"),
        ("users", "list", "--query", KEY),
        ("users", "list", f"--query={KEY}"),
        ("users", "get", KEY),
        (KEY,),
        ("doctor", "--bearer-auth", "abcdef"),
    ):
        done = cli(*words)
        assert done.status == 2, words
        assert "CLERK_SECRET_KEY" in done.err and "--key-file" in done.err
        assert KEY not in done.err and "abcdef" not in done.err
    assert recorder.requests == []


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (("users", "create", "--body", "/nonexistent/file.json"), b""),
        (("users", "create", "--body", "/"), b""),
        (("users", "create", "--body", "-"), b"\xff\xfe"),
        (("users", "create", "--public-metadata", "@/nonexistent"), b""),
        (("users", "set-profile-image", "u", "--file", "/nonexistent"), b""),
        (("users", "set-profile-image", "u", "--file", "/"), b""),
        (("users", "list", "--key-file", "/nonexistent"), b""),
    ],
)
def test_files_that_cannot_be_read(
    cli: Cli, recorder: Recorder, words: tuple[str, ...], stdin: bytes
) -> None:
    done = cli(*words, stdin=stdin)
    assert (done.status, done.out) == (9, ""), done
    assert recorder.requests == []


def test_standard_input_is_read_once(cli: Cli) -> None:
    done = cli("users", "create", "--body", "-", "--password", "@-", stdin=b"{}")
    assert done.status == 2 and "--body has read standard input already" in done.err
