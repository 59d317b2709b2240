"""The table of targets in docs/performance.md: which a run reached, and why not the others.

Figures and judgements are those of docs/benchmark/report.json; only the reasons stand here, and one
is shown only where its target was missed.
"""

from __future__ import annotations

from typing import Any

from clerk_c.bench.report import LABELS, number, quantity

# What each line of the report is called here, in the order of the table.
ROWS = {
    "startup.wall": "import and construct a client, fresh process",
    "startup.memory": "the same, resident memory",
    "cold.wall": "process start to first user, HTTP",
    "cold_tls.wall": "the same, HTTPS",
    "get.cpu": "one GET of a user, kept connection, CPU",
    "tls.cpu": "the same over TLS",
    "post.cpu": "POST of a 20-field body, CPU",
    "threads.cpu": "8 threads, GETs, CPU per call",
    "async.cpu": "100 in flight, asyncio, CPU per call",
    "async_uvloop.cpu": "the same under uvloop",
    "async_h2.cpu": "the same over HTTP/2",
    "parse.cpu": "parse of 500 users, nothing read",
    "parse.exponent": "exponent of its cost, 10 to 10,000 users",
    "read.cpu": "list of 500 fetched, three attributes of each read",
    "readall.cpu": "the same, every attribute read",
    "dump.cpu": "the same, `model_dump()` of each",
    "parse_one.cpu": "parse of one user",
    "held.memory": "memory of a held list of 500, untouched",
    "held_read.memory": "the same, all read",
    "auth_first.cpu": "`authenticate_request`, RS256 with a PEM",
    "auth_jwks.cpu": "`verify_token`, JWKS cached",
    "auth_again.cpu": "the same token again",
    "growth.memory": "memory growth over many GETs",
}

_KERNEL = (
    "the kernel's part of a call and libcurl's, which plain C pays, too ({c}), are most of it here"
)
_CALL = "plain C ({c}) binds no arguments, checks nothing and makes no object of Python's"
_LOOP = "plain C ({c}) has no event loop in Python, and no task and future for each call"
_OBJECTS = (
    "a tree is made of the text and checked, then Python's objects of that; "
    "msgspec ({pycurl_msgspec}) makes them straight from the text"
)
_BESIDE = (
    "plain C ({c}) checks the signature and nothing else; here the token is found, its JSON read "
    "and checked, and a result made"
)

# A line and words of the target that it missed: why. A contender's name in braces is its median.
REASONS = {
    ("startup.wall", "below SDK"): "wall time of few milliseconds, to which all adds that the "
    "machine does besides; the report has CPU time, too",
    ("cold.wall", "Python"): "the distribution's libcurl with what it depends on takes 8 ms to "
    "load, that of the wheels less than 1.5 ms; bare Python {python}",
    ("cold_tls.wall", "Python"): "libcurl and libcrypto are loaded, a handshake made and a chain "
    "checked; plain C without any Python takes {c}",
    ("get.cpu", "below SDK"): _KERNEL,
    ("get.cpu", "x C"): _CALL,
    ("tls.cpu", "below SDK"): _KERNEL,
    ("tls.cpu", "x C"): _CALL,
    ("post.cpu", "below SDK"): _KERNEL,
    ("post.cpu", "x C"): _CALL,
    ("threads.cpu", "below SDK"): _KERNEL,
    ("async.cpu", "below SDK"): _KERNEL,
    ("async.cpu", "x C"): _LOOP,
    ("async_uvloop.cpu", "below SDK"): _KERNEL,
    ("async_uvloop.cpu", "x C"): _LOOP,
    ("async_h2.cpu", "below SDK"): _KERNEL,
    ("async_h2.cpu", "x C"): _LOOP,
    ("parse.cpu", "below SDK"): "plain C with cJSON takes {c}",
    ("parse.cpu", "below pycurl"): _OBJECTS,
    ("read.cpu", "msgspec"): _OBJECTS,
    ("readall.cpu", "msgspec"): _OBJECTS,
    ("dump.cpu", "below SDK"): "a tree is made of the text first, then dicts; orjson "
    "({pycurl_orjson}) makes dicts straight from the text",
    ("parse_one.cpu", "µs"): "a time, not a ratio: plain C took 5.6 µs where it was set, "
    "{c} here",
    ("auth_first.cpu", "x C"): _BESIDE,
    ("auth_jwks.cpu", "x C"): _BESIDE,
    ("auth_again.cpu", "µs"): "a time, not a ratio: PyJWT took 66 µs where it was set, "
    "{pyjwt} here; three quarters are the interpreter's",
}


def outcome(line: dict[str, Any]) -> str:
    """What a line reached of what was aimed at."""
    shown = dict.fromkeys(LABELS, "not measured") | {
        name: quantity(value, line["unit"]) for name, value in line["medians"].items()
    }
    missed = []
    for text in (verdict["text"] for verdict in line["verdicts"] if not verdict["met"]):
        reasons = [
            reason.format_map(shown) for (key, words), reason in REASONS.items()
            if key == line["key"] and words in text
        ]  # fmt: skip
        missed.append(f"**not** {text}: {'; '.join(reasons) or 'no reason known'}")
    return "<br>".join(missed) or "reached"


def row(title: str, line: dict[str, Any]) -> str:
    ours, theirs = (
        quantity(line["medians"][name], line["unit"]) if name in line["medians"] else ""
        for name in ("clerk_c", "reference")
    )
    less = f"{number(line['gain'])}x" if line["gain"] is not None else ""
    # What plain C does belongs to the reason.
    aims = ", ".join(verdict["text"].partition(" (")[0] for verdict in line["verdicts"])
    return f"| {title} | {ours} | {theirs} | {less} | {aims} | {outcome(line)} |\n"


def table(report: dict[str, Any]) -> str:
    """What docs/performance.md says between the marks."""
    lines = {line["key"]: line for line in report["lines"]}
    rows = [row(title, lines[key]) for key, title in ROWS.items() if key in lines]
    return (
        "\n| case | clerk_c | official SDK | less by | aimed at | reached |\n"
        f"|---|---|---|---|---|---|\n{''.join(rows)}\n"
    )
