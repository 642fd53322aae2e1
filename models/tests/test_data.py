"""Reading, splitting and the event log."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
import json
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import transactions

from personalization_models.churn.samples import churn_samples
from personalization_models.config import Config, load_config
from personalization_models.data.events import read_event_files
from personalization_models.data.transactions import ACTIONS, Transactions, build_log, build_vocabulary, epoch_seconds, read_transactions
from personalization_models.errors import ModelsError

DAY = dt.timedelta(days=1)
START = dt.datetime(2011, 1, 1, 10)


def test_the_data_set_holds_what_its_readme_says(shop: Transactions) -> None:
    assert shop.report["rows"] == 541_909
    assert shop.report["withoutCustomer"] == 135_080
    assert shop.report["usable"] == len(shop.purchases) == 397_924


def test_vocabulary_has_products_bought_often_enough_before_the_cut_only() -> None:
    rows = [("1", f"{invoice}", "10001", START + DAY * invoice) for invoice in range(3)]
    rows += [("1", f"{invoice}", "10002", START + DAY * (100 + invoice)) for invoice in range(3)]
    rows += [("1", f"{invoice}", "POST", START) for invoice in range(3)]
    rows += [("1", f"C{invoice}", "10003", START) for invoice in range(3)]
    cut = epoch_seconds((START + DAY * 50).date())
    assert build_vocabulary(transactions(rows), cut, 3) == ["10001"]
    assert build_vocabulary(transactions(rows), cut, 4) == []


def test_log_keeps_time_order_basket_order_and_cancellations() -> None:
    rows = [
        ("7", "3", "10002", START + DAY), ("7", "3", "10001", START + DAY), ("7", "3", "10002", START + DAY),
        ("5", "2", "10001", START), ("7", "1", "10003", START), ("7", "C4", "10003", START + DAY * 2),
    ]
    log = build_log(transactions(rows), ["10001", "10002", "10003"])
    assert log.users == ("5", "7")
    assert log.items.tolist() == [1, 3, 2, 1, 3]
    assert log.actions.tolist() == [ACTIONS["purchase"]] * 4 + [ACTIONS["cancel"]]
    assert log.baskets.tolist() == [1, 2, 3, 3, 4]


def test_a_purchase_in_the_second_of_a_view_stays_a_purchase_in_the_views_place(tmp_path: Path) -> None:
    told = [("b", "view", 500), ("a", "view", 1_000), ("b", "view", 1_100), ("a", "purchase", 1_900), ("c", "purchase", 1_900), ("a", "view", 1_950),
            ("a", "view", 2_000), ("d", "purchase", 3_000), ("d", "cancel", 3_500), ("d", "view", 3_600)]
    rows = [{"userId": "u", "itemId": item, "type": kind, "timestamp": 1_700_000_000_000 + moment} for item, kind, moment in told]
    rows.append({**rows[1], "userId": "other", "type": "click"})
    path = tmp_path / "e.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    log = build_log(read_event_files([path]), ["a", "b", "c", "d"])
    other, bought, cancelled = ACTIONS["other"], ACTIONS["purchase"], ACTIONS["cancel"]
    assert log.users == ("other", "u") and log.items.tolist() == [1, 2, 1, 2, 3, 1, 4]
    assert log.actions.tolist() == [other, other, bought, other, bought, other, cancelled]


def test_what_was_done_in_one_second_stands_in_its_order_however_it_arrived(tmp_path: Path) -> None:
    path, start = tmp_path / "e.jsonl", dt.datetime(2026, 3, 1, 10, tzinfo=dt.timezone.utc)
    moments = {"c": "2026-03-01T10:00:00.7Z", "a": "2026-03-01T10:00:00.123456789Z", "d": int(start.timestamp() * 1000) + 999, "b": "2026-03-01T11:00:00.124+01:00"}
    rows = [{"userId": "u", "itemId": item, "type": "view", "timestamp": moment} for item, moment in moments.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    read = read_event_files([path])
    assert build_log(read, ["a", "b", "c", "d"]).items.tolist() == [1, 2, 3, 4] and set(read.rows.time) == {int(start.timestamp())}


def test_one_long_name_among_the_users_costs_no_more_than_itself() -> None:
    def peak(longest: str) -> int:
        rows = [(f"{user}", f"{user}-{at}", "10001", START + DAY * at) for user in range(2_000) for at in range(5)]
        told = transactions([*rows, (longest, "last", "10001", START)])
        tracemalloc.start()
        assert len(build_log(told, ["10001"]).users) == 2_001
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak("u" * 128) < 1.2 * peak("u")


def test_before_drops_exactly_the_later_events_and_keeps_users() -> None:
    rows = [("1", "1", "10001", START), ("2", "2", "10001", START + DAY), ("3", "3", "10001", START)]
    past = build_log(transactions(rows), ["10001"]).before(int((START + DAY).replace(tzinfo=dt.timezone.utc).timestamp()))
    assert past.users == ("1", "2", "3")
    assert np.diff(past.offsets).tolist() == [1, 0, 1]


def test_shuffling_moves_items_within_their_basket_only(shop: Transactions, config: Config) -> None:
    log = build_log(shop, build_vocabulary(shop, epoch_seconds(config.data.test_start), 3))
    shuffled = log.shuffled(np.random.default_rng(1))
    assert (shuffled.items != log.items).mean() > 0.5
    assert (shuffled.times == log.times).all()
    order, other = np.lexsort((log.items, log.baskets)), np.lexsort((shuffled.items, shuffled.baskets))
    assert (log.items[order] == shuffled.items[other]).all()


def test_churn_inputs_do_not_change_when_the_future_does(shop: Transactions, config: Config) -> None:
    cut = config.churn.calibration_cut
    now = epoch_seconds(cut)
    log = build_log(shop, build_vocabulary(shop, epoch_seconds(config.data.test_start), 3))
    known = churn_samples(shop, log, cut, config)
    past = churn_samples(Transactions(shop.rows[shop.rows.time < now], {}), log.before(now), cut, config)
    assert (known.inputs.items == past.inputs.items).all() and (known.inputs.gaps == past.inputs.gaps).all()
    assert (known.elapsed == past.elapsed).all() and (known.elapsed >= 0).all() and (known.features == past.features).all()
    assert past.churned.all() and 0.2 < known.churned.mean() < 0.8


def test_churn_test_cut_has_the_known_size_and_rate(shop: Transactions, config: Config) -> None:
    log = build_log(shop, build_vocabulary(shop, epoch_seconds(config.data.test_start), 3))
    samples = churn_samples(shop, log, config.data.test_start, config)
    assert len(samples) == 3_362
    assert samples.churned.mean() == pytest.approx(0.433, abs=0.001)


@pytest.mark.parametrize(("section", "change", "message"), [
    ("churn", {"last_cut": dt.date(2011, 6, 1)}, "reach into validation"),
    ("churn", {"calibration_cut": dt.date(2011, 7, 1)}, "reach into the test"),
    ("data", {"validation_start": dt.date(2011, 10, 1)}, "before data.test_start"),
    ("encoder", {"gap_boundaries_seconds": [60, 60]}, "ascending"),
    ("training", {"max_epochs": 0}, "training.max_epochs, training.patience and training.batch_size must be at least 1"),
    ("churn", {"step_days": 0}, "churn.horizon_days and churn.step_days must be at least 1"),
    ("encoder", {"low_pass": 1.0}, "low_pass must be in"),
    ("package", {"parity_rows": 0}, "package.parity_rows must be at least 1"),
])
def test_a_configuration_that_would_leak_or_makes_no_sense_is_refused(config: Config, section: str, change: dict, message: str) -> None:
    changed = dataclasses.replace(config, **{section: dataclasses.replace(getattr(config, section), **change)})
    with pytest.raises(ModelsError, match=message):
        changed.check()


def test_errors_name_the_file_and_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ModelsError, match="no data file"):
        read_transactions(tmp_path / "nothing.csv.gz")
    file = tmp_path / "bad.toml"
    file.write_text('name = "x"\ncolour = "red"\n', encoding="utf-8")
    with pytest.raises(ModelsError, match=r"unknown settings \['colour'\], missing settings .*'version'"):
        load_config(file)


GOOD_ROW = {"InvoiceNo": "1", "StockCode": "85123A", "Description": "THING", "Quantity": "2", "InvoiceDate": "2010-12-01 08:26:00", "UnitPrice": "2.55",
            "CustomerID": "7", "Country": "UK"}


@pytest.mark.parametrize(("change", "message"), [
    ({"Quantity": "1.5"}, "Quantity of row 2 is '1.5', not a whole number"),
    ({"UnitPrice": "free"}, "UnitPrice of row 2 is 'free', not a number"),
    ({"InvoiceDate": "2010-13-01 08:26:00"}, "InvoiceDate of row 2 is '2010-13-01 08:26:00', not a time like 2010-12-01 08:26:00"),
    ({"InvoiceDate": "01/02/2011 10:00"}, "InvoiceDate of row 2 is '01/02/2011 10:00'"),
])
def test_a_value_that_cannot_be_meant_is_named_with_its_row(tmp_path: Path, change: dict[str, str], message: str) -> None:
    path = tmp_path / "shop.csv"
    pd.DataFrame([GOOD_ROW, {**GOOD_ROW, **change}]).to_csv(path, index=False)
    with pytest.raises(ModelsError, match=message):
        read_transactions(path)


def test_a_shop_with_other_codes_is_told_its_way_and_a_broken_off_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    pd.DataFrame([{**GOOD_ROW, "StockCode": "SKU-9"}]).to_csv(path, index=False)
    with pytest.raises(ModelsError, match="no row .* StockCode is a product's.*personalization convert"):
        read_transactions(path)
    packed = tmp_path / "shop.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes())[:-10])
    with pytest.raises(ModelsError, match="cannot be read as CSV"):
        read_transactions(packed)
