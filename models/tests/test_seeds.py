"""Several seeds of one recipe are asked the same questions and told with their spread."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pandas as pd
import pytest
from test_retraining import write_shop

from personalization_models.config import Config, ContentConfig
from personalization_models.data.content import ContentTable, content_table, read_catalogue
from personalization_models.data.events import read_event_files
from personalization_models.data.transactions import COLUMNS, build_log, build_vocabulary, epoch_seconds, read_transactions
from personalization_models.errors import ModelsError
from personalization_models.packages.package import WEIGHTS_FILE
from personalization_models.pipeline import hyper_parameters, split_text
from personalization_models.training import seeds
from personalization_models.training.next_item import create_network
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


@pytest.fixture()
def recipe(tmp_path: Path, small: Config) -> Config:
    """A recipe of a made-up shop that trains in seconds."""
    events = write_shop(tmp_path / "e.jsonl", users=30)
    config = dated(dataclasses.replace(small, churn=dataclasses.replace(small.churn, horizon_days=20)), read_event_files([events]), 14)
    return dataclasses.replace(
        config, content=None, package=dataclasses.replace(config.package, output=tmp_path / "package"),
        data=dataclasses.replace(config.data, path=as_transactions(events, tmp_path / "shop.csv"), min_item_purchases=1),
        training=dataclasses.replace(config.training, max_epochs=2, learning_rate=5e-3))


def faster(config: Config) -> Config:
    """The recipe with another learning rate."""
    return dataclasses.replace(config, training=dataclasses.replace(config.training, learning_rate=1e-2))


def test_seeds_are_told_with_their_spread_beside_the_best_baseline_and_are_not_trained_twice(tmp_path: Path, recipe: Config) -> None:
    said: list[str] = []
    result = measure_seeds(recipe, 2, tmp_path / "out", said.append)
    task = result["tasks"]["nextItem"]
    assert result["seeds"] == [recipe.seed, recipe.seed + 1] and task["bestBaseline"]["name"] == "lastItemTransition"
    assert task["methods"]["transformerAlone"]["sd"]["ndcg@10"] > 0 == task["methods"]["neighboursAlone"]["sd"]["ndcg@10"]
    gain = task["ndcg@10 above the best baseline"]
    assert gain["low"] <= gain["mean"] <= gain["high"]
    assert gain["mean"] == pytest.approx(task["methods"]["model"]["mean"]["ndcg@10"] - task["bestBaseline"]["ndcg@10"], abs=2e-4)
    assert json.loads((tmp_path / "out" / RESULT_FILE).read_text(encoding="utf-8")) == result and "| model |" in said[-1]
    again: list[str] = []
    assert measure_seeds(recipe, 2, tmp_path / "out", again.append) == result
    assert not any("epoch" in line for line in again)
    with pytest.raises(ModelsError, match="at least 1"):
        measure_seeds(recipe, 0, tmp_path / "out", said.append)


def test_seeds_of_another_recipe_or_of_other_events_are_not_taken_for_this_ones(tmp_path: Path, recipe: Config) -> None:
    kept = tmp_path / "out" / f"seed-{recipe.seed}.npz"
    first = measure_seeds(recipe, 1, tmp_path / "out", lambda _: None)
    for changed in (faster(recipe), recipe):
        said: list[str] = []
        result = measure_seeds(changed, 1, tmp_path / "out", said.append)
        assert f"{kept} is of another recipe or of other events: the seed is trained again." in said and any(line.startswith("epoch 1") for line in said)
        assert (result["tasks"]["nextItem"]["methods"] == first["tasks"]["nextItem"]["methods"]) == (changed == recipe)
    kept.write_bytes(kept.read_bytes()[:-20])  # stopped while it was written
    said = []
    assert measure_seeds(recipe, 1, tmp_path / "out", said.append) == first and f"{kept} is no file of weights" in said[0] and said[0].endswith("trained again.")
    rows = recipe.data.path.read_text(encoding="utf-8").splitlines(keepends=True)
    recipe.data.path.write_text("".join(rows[:-3]), encoding="utf-8")
    said = []
    measure_seeds(recipe, 1, tmp_path / "out", said.append)
    assert any("or of other events" in line for line in said)


def test_the_package_is_the_run_of_its_seed_only_where_it_is_of_the_recipe(tmp_path: Path, recipe: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    transactions = read_transactions(recipe.data.path)
    vocabulary = build_vocabulary(transactions, epoch_seconds(recipe.data.test_start), 1)
    network = create_network(build_log(transactions, vocabulary), len(vocabulary), recipe).eval()
    model = {"training": {"hyperParameters": hyper_parameters(recipe), "split": split_text(recipe), "seed": recipe.seed}}
    recipe.package.output.mkdir()
    (recipe.package.output / WEIGHTS_FILE).touch()
    monkeypatch.setattr(seeds, "load_network", lambda _: (network, model, vocabulary))

    def told(config: Config, name: str) -> list[str]:
        said: list[str] = []
        measure_seeds(config, 1, tmp_path / name, said.append)
        return said

    taken = told(recipe, "same")
    assert f"seed {recipe.seed}: {recipe.package.output}" in taken and not any("epoch" in line for line in taken)
    for name, other in (("training", faster(recipe)), ("neighbours", dataclasses.replace(recipe, neighbours=dataclasses.replace(recipe.neighbours, reach=3)))):
        said = told(other, name)
        assert said[0] == f"{recipe.package.output} is of another recipe ({name}): seed {recipe.seed} is trained." and any(line.startswith("epoch 1") for line in said)


def test_seeds_of_another_catalogue_are_not_taken_for_this_ones_nor_is_the_package(tmp_path: Path, recipe: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = tmp_path / "items.jsonl"
    config = dataclasses.replace(recipe, content=ContentConfig(catalogue, price_classes=1))

    def content(last: str) -> ContentTable:
        categories = [*(f"C{at % 3}" for at in range(29)), last]
        catalogue.write_text("".join(json.dumps({"itemId": f"100{at:02}", "title": f"Thing {at}", "categories": [category]}) + "\n"
                                     for at, category in enumerate(categories)), encoding="utf-8")
        return content_table(read_catalogue(catalogue, print), vocabulary, config.encoder.dimension, config.content)

    transactions = read_transactions(config.data.path)
    vocabulary = build_vocabulary(transactions, epoch_seconds(config.data.test_start), 1)
    network = create_network(build_log(transactions, vocabulary), len(vocabulary), config, content("C0")).eval()
    model = {"training": {"hyperParameters": hyper_parameters(config), "split": split_text(config), "seed": config.seed}}
    config.package.output.mkdir()
    (config.package.output / WEIGHTS_FILE).touch()
    monkeypatch.setattr(seeds, "load_network", lambda _: (network, model, vocabulary))

    def told(last: str) -> list[str]:
        said: list[str] = []
        content(last)
        measure_seeds(config, 1, tmp_path / "out", said.append)
        return said

    assert f"seed {config.seed}: {config.package.output}" in told("C0")
    said = told("C1")
    assert f"{config.package.output} is of another recipe (items): seed {config.seed} is trained." in said and any(line.startswith("epoch 1") for line in said)
    assert any("or of other events" in line for line in told("C2"))
