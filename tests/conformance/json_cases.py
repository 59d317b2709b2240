"""Texts for test_json.py: edge cases by hand, valid documents by a seeded generator."""

from __future__ import annotations

import random
from collections.abc import Iterator

BIG = b"1" * 4300

# Each is tried alone and inside containers; about half of them are refused.
VALUES: list[bytes] = [
    *b"null true false nul nulll True NULL tru truefalse undefined".split(),
    *b"NaN Infinity -Infinity -NaN +NaN +Infinity Inf inf nan -Inf -I I N NaNx".split(),
    *b"0 -0 1 -1 10 123456789 00 01 -01 -00 +1 --1 - -a 0x10 1_000 1n".split(),
    *b"0.0 -0.0 1.0 1.5 -1.5 0.1 1. .5 -.5 1.e5 1.5. 1.5.5 1.-5".split(),
    *b"1e5 1E5 1e+5 1e-5 1e0 -0e1 0e0 1e 1e+ 1e- 1ee5 1e5.5 1e5e5 e5 1e1_0".split(),
    *b"1e22 1e23 1e308 1e309 1e400 -1e400 1e-400 -1e-400 5e-324 3e-324 2e-324".split(),
    *b"1e99999999999999999999 0e99999999999999999999 1e-99999999999999999999".split(),
    *b"1.7976931348623157e308 1.7976931348623158e308 1.7976931348623159e308".split(),
    *b"2.4703282292062327e-324 2.4703282292062328e-324 2.2250738585072011e-308".split(),
    *b"9007199254740991 9007199254740992 9007199254740993 -9007199254740993".split(),
    *b"999999999999999 1000000000000000 999999999999999999 1000000000000000000".split(),
    *b"9223372036854775806 9223372036854775807 9223372036854775808".split(),
    *b"-9223372036854775807 -9223372036854775808 -9223372036854775809".split(),
    *b"18446744073709551615 18446744073709551616 340282366920938463463374607431768211456".split(),
    *b"9007199254740993.0 9007199254740993e0 12345678901234567890.5 0.30000000000000004".split(),
    BIG,
    b"-" + BIG,
    BIG + b"1",
    b"-" + BIG + b"1",
    BIG + b".5",
    BIG + b"1.5",
    BIG + b"e-4300",
    BIG + b"1e-4300",
    b"0." + BIG * 2,
    b"-0." + b"0" * 5000 + b"1e5001",
    b"1e" + b"0" * 5000 + b"5",
    b"1" * 62,
    b"1" * 63,
    b"1" * 64,
    b"-" + b"1" * 63,
    b"0." + b"3" * 61,
    b"0." + b"3" * 62,
    b'""',
    b'"a',
    b'"',
    b"'a'",
    b'"a"b',
    b'"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    b'"\\a"',
    b'"\\x41"',
    b'"\\',
    b'"\\"',
    b'"\\u0000"',
    b'"a\\u0000b\\u0000"',
    b'"\\u00e9\\u20AC\\uffff\\uFFFE\\u007f\\u0080\\u07ff\\u0800"',
    b'"\\u12"',
    b'"\\u12G4"',
    b'"\\u"',
    b'"\\u 123"',
    b'"\\U0041"',
    b'"\\u-123"',
    b'"\\ud83d\\ude00"',
    b'"\\uD83D\\uDE00x"',
    b'"\\ud800"',
    b'"\\udc00"',
    b'"\\udbff\\udfff\\ud800\\udc00"',
    b'"\\ud800\\ud800"',
    b'"\\ud83d\\u0041"',
    b'"\\ud83dx"',
    b'"\\ud83d\\n"',
    b'"\\ud83d\\"',
    b'"\\ud83d\\u"',
    b'"\\ud83d\\ude0"',
    b'"\\ude00\\ud83d"',
    b'"\t"',
    b'"\n"',
    b'"\x00"',
    b'"\x1f"',
    b'"\x7f"',
    '"é€😀"'.encode(),
    '"é"'.encode("latin-1"),
    '"é"'.encode("utf-16-le"),
    b'"\xff"',
    b'"\xc0\x80"',
    b'"\xed\xa0\x80"',
    b'"\xf4\x90\x80\x80"',
    b'"' + b"x" * 15 + b'\xc3\xa9"',
    b'"' + b"x" * 16 + b'\xc3"',
    b"",
    b" ",
    b",",
    b":",
    b"[",
    b"]",
    b"{",
    b"}",
    b"[]",
    b"{}",
    b"[ ]",
    b"{ }",
    b"[,]",
    b"{,}",
    b"[1,]",
    b"[,1]",
    b"[1 2]",
    b"[1}",
    b'{"a"}',
    b'{"a":}',
    b'{"a":1,}',
    b'{"a":1 "b":2}',
    b'{"a" 1}',
    b'{"a":1]',
    b"{a:1}",
    b"{1:1}",
    b"{null:1}",
    b'{"a":1,"b":2,"a":3}',
    b'{"a":1,"b":2,"a":{"a":1,"a":2},"b":null,"c":0}',
    b'{"":0,"\\u0000":1,"\\u0000\\u0000":2,"\\u0001":3,"a\\u0000":4,"a":5}',
    b'{"\\u0061":1,"a":2}',
    b'{"\xff":1}',
    b'{"\\ud800":1}',
    b"// c\n1",
    b"/* c */1",
    b"1//",
]

# Around a whole text.
WRAPPED: list[bytes] = [
    b"%s",
    b" \t\r\n%s \t\r\n",
    b"\xef\xbb\xbf%s",
    b"\x0b%s",
    b"%s\x0c",
    b"\xc2\xa0%s",
    b"%s\x00",
    b"\x00%s",
    b"%s %s",
    b"%s,",
    b"[%s]",
    b'{"k":%s}',
    b"[0,%s,0.5]",
    b'{"a":[1.5,{"b":%s}],"c":-0.0}',
]

# By levels, since what is empty may stand one deeper than what is not.
NESTED_INSIDE: list[bytes] = [
    *(b"1", b'"a"', b"[]", b"{}", b"[ ]", b"{ }", b"[1]", b'{"a":1}', b"[[]]", b"[{}]"),
    *(b"[],1", b"[],[]", b"{},{}", b"1,[]", b"[1],1", b"[[],1]", b"[],[1]", b""),
]


def nested(depth: int) -> Iterator[bytes]:
    for inside in NESTED_INSIDE:
        yield b"[" * depth + inside + b"]" * depth
        yield b'{"k":' * (depth - 1) + b"[" + inside + b"]" + b"}" * (depth - 1)
        yield b"[" * (depth - 1) + b'{"a":' + inside + b"}" + b"]" * (depth - 1)


PIECES = [b"\\u0000", b"\xc3", b"\\", *(bytes([byte]) for byte in b'",:[]{}0-e.')]


class Maker:
    """Writes valid documents: any spacing, any escapes, any spelling of numbers."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def space(self) -> bytes:
        if self.random.random() < 0.8:
            return b""
        return bytes(self.random.choices(b" \t\r\n", k=self.random.randrange(1, 40)))

    def number(self) -> bytes:
        pick = self.random.random()
        if pick < 0.1:
            return self.random.choice([b"NaN", b"Infinity", b"-Infinity", b"-0", b"-0.0"])
        length = self.random.choice([1, 3, 13, 16, 19, 20, 40, 80])
        digits = str(self.random.randrange(10**length))
        text = self.random.choice(["", "-"]) + digits
        if pick > 0.6:
            text += "." + "".join(self.random.choices("0123456789", k=self.random.randrange(1, 30)))
        if pick > 0.8:
            sign = self.random.choice(["", "+", "-"])
            text += self.random.choice("eE") + sign + str(self.random.randrange(340))
        return text.encode()

    def character(self) -> str:
        pick = self.random.random()
        if pick < 0.7:
            return chr(self.random.randrange(0x20, 0x7F)).translate({34: "q", 92: "b"})
        if pick < 0.8:
            return self.random.choice(['\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"])
        if pick < 0.9:
            code = self.random.choice([0, 0x41, 0x7F, 0xE9, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF])
            return f"\\u{code:04x}" if pick < 0.85 else f"\\u{code:04X}"
        if pick < 0.93:
            high, low = self.random.randrange(0xD800, 0xDC00), self.random.randrange(0xDC00, 0xE000)
            return f"\\u{high:04x}\\u{low:04X}"
        return self.random.choice("\x7f\x80é߿ࠀ€퟿\uffff𐀀😀\U0010ffff")

    def string(self) -> bytes:
        length = self.random.choice([0, 1, 5, 14, 15, 16, 17, 31, 33, 70])
        return ('"' + "".join(self.character() for _ in range(length)) + '"').encode()

    def value(self, depth: int = 0) -> bytes:
        pick = self.random.random()
        if depth > 5 or pick < 0.3:
            return self.random.choice([b"null", b"true", b"false", b"[]", b"{}", b'""', b"7"])
        if pick < 0.5:
            return self.number()
        if pick < 0.65:
            return self.string()
        if pick < 0.8:
            items = [self.padded(depth) for _ in range(self.random.randrange(6))]
            return b"[" + (b",".join(items) or self.space()) + b"]"
        # Few names, so that some come twice.
        names = [b'"a"', b'"b"', b'"\\u0061"', b'"a\\u0000"', self.string()]
        members = [
            self.space() + self.random.choice(names) + self.space() + b":" + self.padded(depth)
            for _ in range(self.random.randrange(6))
        ]
        return b"{" + (b",".join(members) or self.space()) + b"}"

    def padded(self, depth: int = -1) -> bytes:
        return self.space() + self.value(depth + 1) + self.space()

    def mutated(self, text: bytes) -> bytes:
        changed = bytearray(text)
        for _ in range(self.random.randrange(1, 4)):
            at = self.random.randrange(len(changed) + 1)
            kind = self.random.randrange(5)
            if kind == 0:
                changed[at:at] = self.random.choice(PIECES)
            elif kind == 1:
                changed[at : at + 1] = bytes([self.random.randrange(256)])
            elif kind == 2:
                del changed[at : at + self.random.randrange(1, 5)]
            elif kind == 3:
                changed[at:at] = changed[at : at + self.random.randrange(1, 9)]
            elif at < len(changed):
                changed[at] ^= 1 << self.random.randrange(8)
        return bytes(changed)
