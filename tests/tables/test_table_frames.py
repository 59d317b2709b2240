"""Tables as frames of pandas, polars and pyarrow: types of columns, values, what is missing."""

from __future__ import annotations

import datetime
import sys
from typing import Any

import pytest
from table_rows import BASE, CREATED, HOSTILE, user

from clerk_c import models, table

pytest.importorskip("pandas")
pytest.importorskip("polars")
pytest.importorskip("pyarrow")

UTC = datetime.timezone.utc
MOMENT = datetime.datetime(2023, 11, 14, 22, 13, 20, 123000, UTC)

ROWS: list[dict[str, Any]] = [
    {"id": "a", "n": 1, "whole": 5, "yes": True, "part": 1.5, "created_at": CREATED,
     "list": ["x", "y"], "mixed": 1, "huge": 2**70, "none": None,
     "date": datetime.date(2024, 2, 29),
     "dicts": [{"k": 1}], "numbers": 1, "half": "\ud800", "naive": datetime.datetime(2024, 1, 1)},
    {"id": "b", "n": None, "whole": -5, "yes": None, "part": None, "created_at": None,
     "list": None, "mixed": "x", "huge": 1, "none": None, "date": None,
     "dicts": [], "numbers": 2.5, "half": "é", "naive": None},
]  # fmt: skip


def test_pandas() -> None:
    frame = table(ROWS, "all", timestamps="datetime").to_pandas()
    types = {name: str(kind) for name, kind in frame.dtypes.items()}
    assert {name: types[name] for name in ("n", "whole", "yes", "part", "numbers")} == {
        "n": "Int64", "whole": "int64", "yes": "boolean", "part": "float64", "numbers": "float64"
    }  # fmt: skip
    assert types["created_at"] == "datetime64[us, UTC]" and types["date"] == "object"
    assert types["huge"] == "object" and frame["huge"][0] == 2**70
    assert frame["created_at"][0] == MOMENT and frame["created_at"].isna().tolist() == [0, 1]
    assert frame["list"].tolist() == [["x", "y"], None] and frame["dicts"][0] == [{"k": 1}]
    assert frame["half"].tolist() == ["\ufffd", "é"] and frame["mixed"].tolist() == [1, "x"]
    assert table(ROWS, ["whole"]).to_pandas()["whole"].sum() == 0


def test_polars() -> None:
    import polars as pl

    frame = table(ROWS, "all", timestamps="datetime").to_polars()
    assert dict(frame.schema) == {
        "id": pl.String(), "n": pl.Int64(), "whole": pl.Int64(), "yes": pl.Boolean(),
        "part": pl.Float64(), "created_at": pl.Datetime("us", "UTC"), "list": pl.List(pl.String()),
        "mixed": pl.String(), "huge": pl.String(), "none": pl.String(), "date": pl.Date(),
        "dicts": pl.String(), "numbers": pl.Float64(), "half": pl.String(), "naive": pl.String(),
    }  # fmt: skip
    first, second = frame.to_dicts()
    assert first["created_at"] == MOMENT and first["list"] == ["x", "y"]
    assert first["mixed"] == "1" and first["huge"] == str(2**70) and first["dicts"] == '[{"k":1}]'
    assert second["dicts"] == "[]" and second["half"] == "é" and second["list"] is None


def test_arrow() -> None:
    import pyarrow as pa

    made = table(ROWS, "all", timestamps="datetime").to_arrow()
    types = {field.name: str(field.type) for field in made.schema}
    assert types == {
        "id": "string", "n": "int64", "whole": "int64", "yes": "bool", "part": "double",
        "created_at": "timestamp[us, tz=UTC]", "list": str(pa.list_(pa.string())),
        "mixed": "string", "huge": "string", "none": "string", "date": "date32[day]",
        "dicts": "string", "numbers": "double", "half": "string", "naive": "string",
    }  # fmt: skip
    assert made.to_pylist()[0]["created_at"] == MOMENT and made.num_rows == 2


def test_milliseconds() -> None:
    made = table([user(), user(last_sign_in_at=CREATED)], ["created_at", "last_sign_in_at"])
    assert list(map(str, made.to_pandas().dtypes)) == ["int64", "Int64"]
    assert made.to_polars()["last_sign_in_at"].to_list() == [None, CREATED]
    assert str(made.to_arrow().schema.field("created_at").type) == "int64"


def test_columns_without_values_have_the_type_of_the_schema() -> None:
    empty = models.AllowlistIdentifier.model_construct()
    columns = ["id", "created_at"]
    for timestamps, wanted in (("ms", "int64"), ("datetime", "timestamp[us, tz=UTC]")):
        arrow = table([empty], columns, timestamps=timestamps).to_arrow()  # type: ignore[arg-type]
        assert [str(field.type) for field in arrow.schema] == ["string", wanted]
    page = table(models.SAMLConnections(data=[], total_count=0), ["id", "user_count", "active"])
    assert [str(field.type) for field in page.to_arrow().schema] == ["string", "int64", "bool"]
    assert list(map(str, page.to_pandas().dtypes)) == ["object", "int64", "bool"]
    assert page.to_polars().shape == (0, 3)


def test_lists_of_one_member_of_each() -> None:
    made = table([user(), user()], ["email_addresses.*.email_address"])
    addresses = ["old@example.com", "ada@example.com"]
    assert made.to_polars().to_series().to_list() == [addresses] * 2
    assert made.to_arrow().column(0).to_pylist() == [addresses] * 2


def test_times_of_any_zone_and_far_away() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=2))
    far = datetime.datetime(9999, 12, 31, 20, tzinfo=zone)
    made = table([{"id": "a", "at": far}, {"id": "b", "at": None}], ["at"])
    assert str(made.to_pandas()["at"].dtype) == "datetime64[us, UTC]"
    assert made.to_pandas()["at"][0].to_pydatetime() == far
    assert made.to_polars()["at"].to_list() == made.to_arrow()["at"].to_pylist() == [far, None]


def test_no_columns_and_no_rows() -> None:
    assert table([]).to_pandas().shape == (0, 0) and table([{}]).to_pandas().shape == (1, 0)
    assert table([]).to_polars().shape == (0, 0) and table([]).to_arrow().num_columns == 0


def test_ten_thousand_rows_of_everything() -> None:
    rows: list[Any] = [
        {**BASE, "id": str(index), "first_name": HOSTILE[index % len(HOSTILE)], "created_at": index}
        for index in range(10_000)
    ]
    made = table(rows, ["id", "first_name", "created_at", "banned"], timestamps="datetime")
    assert made.to_pandas().shape == made.to_polars().shape == made.to_arrow().shape == (10_000, 4)
    assert made.to_polars()["created_at"][5_000] == datetime.datetime(1970, 1, 1, 0, 0, 5, 0, UTC)


@pytest.mark.parametrize(
    ("method", "needed"),
    [("to_pandas", "pandas"), ("to_polars", "polars"), ("to_arrow", "pyarrow")],
)
def test_without_the_library(monkeypatch: pytest.MonkeyPatch, method: str, needed: str) -> None:
    monkeypatch.setitem(sys.modules, needed, None)
    with pytest.raises(ModuleNotFoundError, match=rf"{method}\(\) needs {needed}: pip") as caught:
        getattr(table(ROWS), method)()
    assert "clerk_c[table]" in str(caught.value)
