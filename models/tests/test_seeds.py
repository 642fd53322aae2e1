"""Several seeds of one recipe are asked the same questions and told with their spread."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pandas as pd
import pytest
from test_retraining import write_shop

from personalization_models.config import Config
from personalization_models.data.transactions import COLUMNS
from personalization_models.errors import ModelsError
from personalization_models.data.events import read_event_files
from personalization_models.training.retraining import dated
from personalization_models.training.seeds import RESULT_FILE, measure_seeds


def as_transactions(events: Path, path: Path) -> Path:
    """The purchases of a made-up shop in the columns of Online Retail."""
    rows = read_event_files([events]).purchases
    pd.DataFrame({
        "InvoiceNo": rows.invoice, "StockCode": "100" + rows.code.str[1:], "Description": "THING", "Quantity": 1,
        "InvoiceDate": pd.to_datetime(rows.time, unit="s"), "UnitPrice": 1.0, "CustomerID": rows.user, "Country": "",
    })[list(COLUMNS)].to_csv(path, index=False)
    return path


def test_seeds_are_told_with_their_spread_beside_the_best_baseline_and_are_not_trained_twice(tmp_path: Path, small: Config) -> None:
    events = write_shop(tmp_path / "e.jsonl")
    config = dated(dataclasses.replace(small, churn=dataclasses.replace(small.churn, horizon_days=20)), read_event_files([events]), 14)
    config = dataclasses.replace(
        config, content=None, package=dataclasses.replace(config.package, output=tmp_path / "none"),
        data=dataclasses.replace(config.data, path=as_transactions(events, tmp_path / "shop.csv"), min_item_purchases=1),
        training=dataclasses.replace(config.training, max_epochs=2, learning_rate=5e-3))
    said: list[str] = []
    result = measure_seeds(config, 2, tmp_path / "out", said.append)
    task = result["tasks"]["nextItem"]
    assert result["seeds"] == [config.seed, config.seed + 1] and task["bestBaseline"]["name"] == "lastItemTransition"
    assert task["methods"]["transformerAlone"]["sd"]["ndcg@10"] > 0 == task["methods"]["neighboursAlone"]["sd"]["ndcg@10"]
    gain = task["ndcg@10 above the best baseline"]
    assert gain["low"] <= gain["mean"] <= gain["high"]
    assert gain["mean"] == pytest.approx(task["methods"]["model"]["mean"]["ndcg@10"] - task["bestBaseline"]["ndcg@10"], abs=2e-4)
    assert json.loads((tmp_path / "out" / RESULT_FILE).read_text(encoding="utf-8")) == result and "| model |" in said[-1]
    again: list[str] = []
    assert measure_seeds(config, 2, tmp_path / "out", again.append) == result
    assert not any("epoch" in line for line in again)
    with pytest.raises(ModelsError, match="at least 1"):
        measure_seeds(config, 0, tmp_path / "out", said.append)
