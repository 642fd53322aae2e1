"""What is read of a shop's events, in every form, and what is left out with its reason."""

from __future__ import annotations

import datetime as dt
import gzip
import importlib.util
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_retraining import write_shop

from personalization_models.data.events import read_event_files
from personalization_models.errors import ModelsError


def test_events_are_read_from_topic_dumps_and_every_dropped_line_has_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    good = {"userId": "u", "itemId": "a", "type": "purchase", "timestamp": "2026-03-01T10:00:00+01:00", "eventId": "1"}
    lines = [
        "CreateTime:1\tu\t" + json.dumps(good), json.dumps(good), json.dumps({**good, "eventId": "2", "type": "impression"}),
        json.dumps({**good, "eventId": "3", "timestamp": "yesterday"}), json.dumps({**good, "eventId": "4", "type": "sing"}),
        json.dumps({**good, "eventId": "5", "userId": ""}), "{broken", json.dumps({**good, "eventId": "6", "timestamp": 1_700_000_000_000}),
        json.dumps({**good, "eventId": "7", "timestamp": 1_700_000_001_000.0}),
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    read = read_event_files([path])
    assert read.rows.time.tolist() == [1_700_000_000, 1_700_000_001, int(dt.datetime(2026, 3, 1, 9, tzinfo=dt.timezone.utc).timestamp())]
    assert {name: read.report[name] for name in ("repeatedEventId", "typeLeftOut", "badTimestamp", "unknownType", "withoutUserOrItem", "notJson")} == {
        "repeatedEventId": 1, "typeLeftOut": 1, "badTimestamp": 1, "unknownType": 1, "withoutUserOrItem": 1, "notJson": 1}


@pytest.mark.parametrize(("change", "reason"), [
    ({"timestamp": 1_790_000_000_000_000}, "tooFarAhead"),  # microseconds
    ({"timestamp": 10**30}, "tooFarAhead"),
    ({"timestamp": "2027-03-01T10:00:00Z"}, "tooFarAhead"),  # a clock that is a year ahead
    ({"timestamp": "2026-03-01T10:05:01Z"}, "tooFarAhead"),
    ({"timestamp": "2026-03-01T10:05:00.1234567Z"}, None),
    ({"timestamp": -10**30}, "badTimestamp"),
    ({"itemId": "a\nb"}, "badUserOrItem"), ({"userId": "\ud800"}, "badUserOrItem"), ({"itemId": "a" * 129}, "badUserOrItem"),
    ({"type": ["purchase"]}, "unknownType"),
    ({"timestamp": "2026-03-01 10:00:00+00:00"}, "badTimestamp"), ({"timestamp": "20260301T100000Z"}, "badTimestamp"), ({"timestamp": "2026-03-01"}, "badTimestamp"),
    ({"timestamp": "2026-03-01T10:00:00"}, "badTimestamp"), ({"timestamp": "2026-03-01T10:00:00+15:00"}, "badTimestamp"), ({"timestamp": True}, "badTimestamp"),
    ({"timestamp": "2026-03-01T10:00Z"}, None), ({"timestamp": "2026-03-01T11:00:00.5+01:00"}, None),
    ({"itemId": "."}, "badUserOrItem"), ({"userId": ".."}, "badUserOrItem"), ({"itemId": "..."}, None),
    ({"eventId": 7}, "badEventId"), ({"eventId": ""}, "badEventId"), ({"eventId": "a" * 129}, "badEventId"), ({"eventId": None}, None), ({"eventId": "."}, None),
    ({"price": "12.50"}, "badQuantityOrPrice"), ({"price": True}, "badQuantityOrPrice"), ({"price": None, "quantity": None}, None),
    ({"quantity": "3"}, "badQuantityOrPrice"), ({"quantity": 1.5}, "badQuantityOrPrice"), ({"quantity": True}, "badQuantityOrPrice"), ({"quantity": 3.0}, None),
    ({"price": 10**400}, "badQuantityOrPrice"), ({"price": float("inf")}, "badQuantityOrPrice"), ({"quantity": 0}, "badQuantityOrPrice"),
])
def test_what_the_silos_set_aside_is_dropped_with_its_reason(tmp_path: Path, change: dict[str, object], reason: str | None) -> None:
    good = {"userId": "u", "itemId": "a", "type": "purchase", "timestamp": "2026-03-01T10:00:00Z"}
    path = tmp_path / "e.jsonl"
    path.write_text(f"{json.dumps(good)}\n{json.dumps({**good, 'userId': 'v', **change})}\n", encoding="utf-8")
    read = read_event_files([path], now=dt.datetime(2026, 3, 1, 10, tzinfo=dt.timezone.utc).timestamp())
    assert read.rows.user.tolist() == (["u"] if reason else ["u", "v"])
    assert read.report.get(reason) == (1 if reason else None)


def test_a_bad_byte_on_standard_input_costs_its_line_alone_as_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'{"userId": "u", "itemId": "%s", "type": "purchase", "timestamp": "2011-12-09T12:50:00Z"}\n'
    (tmp_path / "e.jsonl").write_bytes(line % b"a" + line % b"b\xff" + line % "caf\u00e9".encode())
    for locale in ("utf-8", "ascii"):
        with (tmp_path / "e.jsonl").open(encoding=locale) as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            read = read_event_files([Path("-")])
        assert read.rows.code.tolist() == ["a", "caf\u00e9"] and read.report["badUserOrItem"] == 1


def test_a_replay_of_the_past_is_not_ahead_and_a_line_nested_without_end_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    old = {"userId": "u", "itemId": "a", "type": "purchase", "timestamp": "2011-12-09T12:50:00Z"}
    path.write_text(f"{json.dumps(old)}\n{json.dumps(old)[:-1]}, \"properties\": {'[' * 100_000}\n", encoding="utf-8")
    read = read_event_files([path])
    assert len(read.rows) == 1 and read.report["notJson"] == 1


def test_packed_lines_read_as_the_lines_themselves(tmp_path: Path) -> None:
    plain = write_shop(tmp_path / "e.jsonl", days=30, users=5)
    packed = tmp_path / "e.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    expected = read_event_files([plain])
    pd.testing.assert_frame_equal(read_event_files([packed]).rows, expected.rows)
    packed.write_bytes(b"no gzip")
    with pytest.raises(ModelsError, match="e.jsonl.gz cannot be read"):
        read_event_files([packed])
    packed.write_bytes(gzip.compress(plain.read_bytes())[:-20])
    with pytest.raises(ModelsError, match="e.jsonl.gz cannot be read: .* Copy or export it again"):
        read_event_files([packed])


def as_parquet(frame: pd.DataFrame, path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A real file where pyarrow is installed; where it is not, pandas is made to give what pyarrow would."""
    if importlib.util.find_spec("pyarrow") is None:
        path.write_bytes(b"PAR1")
        monkeypatch.setattr(pd, "read_parquet", lambda _: frame)
    else:
        frame.to_parquet(path)
    return path


def test_parquet_reads_as_the_lines_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = write_shop(tmp_path / "e.jsonl", days=30, users=5)
    expected = read_event_files([plain])
    columns = pd.read_json(plain, lines=True, convert_dates=["timestamp"])
    pd.testing.assert_frame_equal(read_event_files([as_parquet(columns, tmp_path / "e.parquet", monkeypatch)]).rows, expected.rows)
    reordered = columns[columns.columns[::-1]].assign(unknown=1)
    pd.testing.assert_frame_equal(read_event_files([as_parquet(reordered, tmp_path / "E.PQ", monkeypatch)]).rows, expected.rows)


def test_parquets_own_types_become_what_json_lines_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As Apache Arrow's table of conversions to pandas has it: integers with nulls are floats, decimals and days objects.
    frame = pd.DataFrame({
        "userId": [17850.0, 13047.0, np.nan, 12583.0], "itemId": pd.Categorical(["85123A", "22752", "22752", "21730"]), "type": ["purchase"] * 4,
        "timestamp": [1_291_191_960_000.0, 1_291_192_000_000.0, 1_291_192_000_000.0, np.nan],
        "price": [Decimal("2.55"), Decimal("7.65"), None, Decimal("1.00")], "quantity": [6.0, np.nan, 1.0, 1.0],
    })
    read = read_event_files([as_parquet(frame, tmp_path / "e.parquet", monkeypatch)])
    assert read.rows[["user", "code", "time", "price", "quantity"]].to_numpy().tolist() == [
        ["17850", "85123A", 1_291_191_960, 2.55, 6.0], ["13047", "22752", 1_291_192_000, 7.65, 1.0]]
    assert read.report["withoutUserOrItem"] == read.report["badTimestamp"] == 1
    days = frame.assign(userId=["a", "b", "c", "d"], timestamp=[dt.date(2010, 12, 1), dt.date(2010, 12, 2), None, None])
    assert read_event_files([as_parquet(days, tmp_path / "d.parquet", monkeypatch)]).rows.time.tolist() == [1_291_161_600, 1_291_248_000]
    far = frame.assign(userId="a", timestamp=[dt.date(2010, 12, 1), dt.date(9999, 1, 1), None, None])
    assert read_event_files([as_parquet(far, tmp_path / "f.parquet", monkeypatch)]).report["tooFarAhead"] == 1
    naive = frame.assign(userId="a", timestamp=pd.to_datetime(["2010-12-01 08:26", "2010-12-01", None, None]))
    assert read_event_files([as_parquet(naive, tmp_path / "n.parquet", monkeypatch)]).rows.time.tolist() == [1_291_161_600, 1_291_191_960]


def test_parquets_texts_become_the_numbers_that_their_fields_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"userId": ["a", "b", "c", "d"], "itemId": "i", "type": "purchase", "eventId": "", "timestamp": ["1291191960000", "2010-12-01T08:26:00Z", "8:26", "1291191960000"],
                          "price": ["12.50", "", "1", "free"], "quantity": ["3", "", "1", "1"]})
    read = read_event_files([as_parquet(frame, tmp_path / "e.parquet", monkeypatch)])
    assert read.rows[["user", "time", "price", "quantity"]].to_numpy().tolist() == [["a", 1_291_191_960, 12.5, 3.0], ["b", 1_291_191_960, 0.0, 1.0]]
    assert read.report["badTimestamp"] == read.report["badQuantityOrPrice"] == 1


def test_parquet_that_cannot_be_read_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelsError, match="no event file .*nothing.parquet"):
        read_event_files([tmp_path / "nothing.parquet"])
    (tmp_path / "e.parquet").write_bytes(b"no parquet")

    def read(failure: Exception) -> None:
        def fail(path: Path) -> None:
            raise failure

        monkeypatch.setattr(pd, "read_parquet", fail)
        read_event_files([tmp_path / "e.parquet"])

    if importlib.util.find_spec("pyarrow") is not None:
        with pytest.raises(ModelsError, match="e.parquet cannot be read as Parquet"):
            read_event_files([tmp_path / "e.parquet"])
    with pytest.raises(ModelsError, match="pip install pyarrow.*personalization convert .*e.parquet events.jsonl.gz"):
        read(ImportError("Unable to find a usable engine"))
    with pytest.raises(ModelsError, match="e.parquet cannot be read as Parquet: Parquet magic bytes not found in footer"):
        read(ValueError("Parquet magic bytes not found in footer"))


def test_a_file_of_another_form_is_refused_with_what_makes_events_of_it(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("CustomerID,StockCode\n17850,85123A\n", encoding="utf-8")
    with pytest.raises(ModelsError, match="no usable event in .*sales.csv: {'notJson': 2}. What is CSV, .* personalization convert"):
        read_event_files([path])
