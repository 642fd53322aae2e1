"""Packages that were trained on a shop's own events are written anew from that shop's events, not from the demo's."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from conftest import MODELS
from test_retraining import write_shop

from personalization_models import cli
from personalization_models.config import Config
from personalization_models.data.events import read_event_files
from personalization_models.errors import ModelsError
from personalization_models.packages.package import WEIGHTS_FILE, check_package, write_model
from personalization_models.packages.weights import load_network
from personalization_models.training.retraining import retrain, with_catalogue

RECIPE = str(MODELS / "configs" / "online-retail.toml")


@pytest.fixture(scope="module")
def recipe(small: Config, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A recipe that trains in seconds, with the shop's catalogue: thirty items that are sold and two that come. Of the demo's data there is none, as in the image."""
    catalogue = tmp_path_factory.mktemp("catalogue") / "items.jsonl"
    catalogue.write_text("".join(json.dumps({"itemId": f"p{at:02}", "title": f"Thing {at}", "categories": [f"C{at % 3}"], "price": 2.5, "available": True}) + "\n"
                                 for at in range(32)), encoding="utf-8")
    training = dataclasses.replace(small.training, max_epochs=1, refit=False)
    churn = dataclasses.replace(small.churn, horizon_days=20, max_epochs=1, members=2)
    data = dataclasses.replace(small.data, min_item_purchases=1, path=Path("/nowhere/online_retail.csv.gz"))
    return with_catalogue(dataclasses.replace(small, training=training, churn=churn, data=data), catalogue)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shop(tmp_path_factory.mktemp("events") / "e.jsonl")


@pytest.fixture(scope="module")
def trained(recipe: Config, events: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    few = dataclasses.replace(recipe, package=dataclasses.replace(recipe.package, parity_rows=4))
    published = retrain(few, read_event_files([events]), None, tmp_path_factory.mktemp("packages"), 14, lambda _: None)
    assert published is not None
    return published


@pytest.fixture()
def package(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "shop" / "1"))


@pytest.fixture(autouse=True)
def _recipe(recipe: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "ensure_malloc_settings", lambda: None)  # it would restart the tests' process
    monkeypatch.setattr("personalization_models.config.load_config", lambda _: recipe)


def export(package: Path, *options: object) -> int:
    return cli.main(["export", str(package), "--config", RECIPE, "--parity", "6", *map(str, options)])


def test_a_shops_package_knows_the_new_items_of_its_catalogue_and_the_next_training_is_asked_as_it_is(trained: Path, recipe: Config, events: Path) -> None:
    assert (trained / "items.txt").read_text(encoding="utf-8").split() == [f"p{at:02}" for at in range(32)]
    assert check_package(trained)["training"]["newItems"] == {"items": 2}
    rows = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
    for row in rows:  # the newest days ask for one of them, too
        if row["timestamp"] >= "2026-04-20" and row["itemId"] == "p05":
            row["itemId"] = "p30"
    sold = events.with_name("sold.jsonl")
    sold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    said: list[str] = []
    assert retrain(recipe, read_event_files([sold]), None, trained.parents[1], 14, said.append) is None
    assert re.fullmatch(r"Not published: its ndcg@10 of (0\.\d+) is not above the champion's \1\.", said[-1]), "the same of the same"


def test_new_items_of_a_shop_with_events_of_its_own_come_into_the_next_version(package: Path, events: Path, tmp_path: Path) -> None:
    catalogue = tmp_path / "items.jsonl"
    catalogue.write_text("".join(json.dumps({"itemId": f"p{at:02}", "title": f"Thing {at}", "categories": [f"C{at % 3}"]}) + "\n" for at in range(34)), encoding="utf-8")
    assert export(package, "--catalogue", catalogue, "--events", events) == 0
    model, before = check_package(package.with_name("2")), check_package(package)
    assert all(model[name] != before[name] for name in ("vocabularySha256", "graphSha256")), "the hashes are of the old version"
    assert model["itemCount"] == 34 and model["training"]["newItems"] == {"of": "1", "items": 2}
    assert (package.with_name("2") / "items.txt").read_text(encoding="utf-8").split()[-2:] == ["p32", "p33"]


def test_a_catalogue_without_a_new_item_makes_no_version(package: Path, recipe: Config, events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recipe.content is not None
    assert export(package, "--catalogue", recipe.content.catalogue, "--events", events) == 0
    assert f"{recipe.content.catalogue} has no item that {package} does not know: nothing is written" in capsys.readouterr().out
    assert [each.name for each in package.parent.iterdir()] == ["1"]


def test_a_package_is_written_anew_with_histories_of_the_events(package: Path, events: Path) -> None:
    walked = {(int(a[1:]) + 1, int(b[1:]) + 1) for a, b in ((f"p{at:02}", f"p{(at + 1) % 30:02}") for at in range(30))}
    assert export(package, "--events", events) == 0
    rows = json.loads((package / "parity.json").read_text(encoding="utf-8"))["rows"]
    steps = {pair for row in rows for pair in zip(row["items"], row["items"][1:]) if pair[0] != pair[1]}
    assert len(rows) >= 6 and steps and steps <= walked


def test_the_folder_one_stands_in_is_a_package_too(package: Path, events: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(package)
    assert export(Path("."), "--events", events, "--variant", "pruned") == 0
    assert check_package(package.with_name("1-pruned"))["version"] == "1-pruned"


def visits(events: Path, days: int) -> int:
    """At most two a shopper of the visits on the newest days, each a view and a purchase, but never a shopper's first."""
    rows = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
    newest = dt.datetime.fromisoformat(max(row["timestamp"] for row in rows)).date()
    first, asked = {row["userId"]: row["eventId"] for row in reversed(rows)}, Counter()
    asked.update(row["userId"] for row in rows if row["type"] == "view" and row["eventId"] != first[row["userId"]]
                 and dt.datetime.fromisoformat(row["timestamp"]).date() > newest - dt.timedelta(days=days))
    return sum(min(count, 2) for count in asked.values())


@pytest.mark.parametrize(("variant", "days"), [("fp16", 14), ("top", 14), ("transformer", 5), ("vectors", 14)])
def test_a_variants_cost_is_measured_on_the_newest_days_of_the_events(package: Path, events: Path, variant: str, days: int) -> None:
    assert export(package, "--variant", variant, "--events", events, "--days", days) == 0
    cost = check_package(package.with_name(f"1-{variant}"))["training"]["variant"]
    assert cost["of"] == "1" and cost["cases"] == visits(events, days) > 20
    assert cost["before"].keys() == cost["after"].keys() >= {"ndcg@10", "churnAuc"}


def test_vectors_beside_the_graph_have_a_hash_and_those_of_another_export_are_refused(package: Path, events: Path) -> None:
    assert export(package, "--variant", "vectors", "--events", events) == 0
    beside = package.with_name("1-vectors")
    vectors = (beside / "item_vectors.bin").read_bytes()
    assert check_package(beside)["vectorsSha256"] == hashlib.sha256(vectors).hexdigest() and "vectorsSha256" not in check_package(package)
    (beside / "item_vectors.bin").write_bytes(bytes([vectors[0] ^ 1]) + vectors[1:])
    with pytest.raises(ModelsError, match="item_vectors.bin does not match vectorsSha256"):
        check_package(beside)


def test_weights_have_a_hash_and_those_of_another_export_are_refused_by_whoever_reads_them(
        package: Path, events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = package / WEIGHTS_FILE
    assert check_package(package)["weightsSha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    np.savez(weights, **{name: values + 1 if name == "item_bias" else values for name, values in np.load(weights).items()})
    for command in (["check", str(package)], ["export", str(package), "--config", RECIPE, "--events", str(events)],
                    ["churn", str(package), "--config", RECIPE, "--events", str(events)],
                    ["retrain", "--config", RECIPE, "--events", str(events), "--packages", str(package.parents[1]), "--champion", str(package)]):
        assert cli.main(command) == 1
        assert f"{package}: weights.npz does not match weightsSha256 of model.json: the files are not of one export, copy the whole package again." in capsys.readouterr().err


def test_weights_of_a_release_that_wrote_no_hash_are_read_as_they_are_and_a_package_without_any_is_served(package: Path, events: Path) -> None:
    write_model(package, {name: value for name, value in check_package(package).items() if name != "weightsSha256"})
    load_network(package)
    assert export(package, "--events", events) == 0
    assert "weightsSha256" in check_package(package), "an export writes it"
    (package / WEIGHTS_FILE).unlink()
    assert check_package(package)["weightsSha256"]
    with pytest.raises(ModelsError, match="weights.npz is missing: without its weights"):
        load_network(package)


@pytest.mark.parametrize("settings", [{}, {"later": 1}])
def test_a_package_of_a_release_with_other_settings_is_refused_with_what_to_do(package: Path, settings: dict[str, int]) -> None:
    model = check_package(package)
    model["training"]["hyperParameters"]["encoder"] = settings and {**model["training"]["hyperParameters"]["encoder"], **settings}
    write_model(package, model)
    with pytest.raises(ModelsError, match=f"{package}: training.hyperParameters of model.json are not those of this release .*Use the release that wrote the package"):
        load_network(package)


def test_a_variant_has_no_weights_and_names_none(package: Path, events: Path) -> None:
    assert export(package, "--variant", "top", "--events", events) == 0
    assert "weightsSha256" in check_package(package) and "weightsSha256" not in check_package(package.with_name("1-top"))


def test_a_log_too_short_to_measure_on_is_told(package: Path, events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(package, "--variant", "top", "--events", events, "--days", "60") == 1
    assert "too few days" in capsys.readouterr().err
    assert not package.with_name("1-top").exists()


def test_numbers_that_ask_for_nothing_are_refused(package: Path, events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command, told in ((["export", str(package), "--config", RECIPE, "--events", str(events), "--parity", "-1"], "--parity must be at least 1, not -1."),
                          (["churn-earlier", "--config", RECIPE, "--seeds", "0"], "--cuts and --seeds must be at least 1."),
                          (["churn-earlier", "--config", RECIPE, "--cuts", "0"], "--cuts and --seeds must be at least 1.")):
        assert cli.main(command) == 1
        assert told in capsys.readouterr().err


def test_without_data_or_events_the_option_is_named(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(package) == 1
    told = capsys.readouterr().err
    assert "There is no data file /nowhere/online_retail.csv.gz." in told and "--events FILE" in told


@pytest.mark.parametrize("options", [[], ["--variant", "top"], ["--catalogue"]])
def test_events_of_another_shop_are_refused_and_both_are_named(
        package: Path, recipe: Config, tmp_path: Path, options: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    assert recipe.content is not None
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps({"userId": "u", "itemId": "85123A", "type": "click", "timestamp": "2026-03-01T10:00:00Z"}), encoding="utf-8")
    options = [*options, recipe.content.catalogue] if options == ["--catalogue"] else options
    before = (package / "parity.json").read_bytes()
    assert export(package, *options, "--events", other) == 1
    told = capsys.readouterr().err
    assert f"{other} and the package {package} have no item in common" in told and "'85123A'" in told and "'p00'" in told
    assert (package / "parity.json").read_bytes() == before and [each.name for each in package.parent.iterdir()] == ["1"]


def test_the_demos_data_beside_another_shops_package_is_refused_too(
        package: Path, config: Config, recipe: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("personalization_models.config.load_config", lambda _: dataclasses.replace(recipe, data=config.data))
    assert export(package) == 1
    told = capsys.readouterr().err
    assert f"{config.data.path} and the package {package} have no item in common" in told and "--events FILE" in told


def test_the_churn_head_of_a_shops_package_is_trained_anew_from_its_events(package: Path, events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trained, before = dict(np.load(package / WEIGHTS_FILE)), check_package(package)
    heads = [name for name in trained if name.startswith("churn_head.") and trained[name].any()]
    np.savez(package / WEIGHTS_FILE, **{**trained, **{name: np.zeros_like(trained[name]) for name in heads}})  # as if it had never been
    unknown = {**before, "churn": {**before["churn"], "baseRate": 0.0}, "metrics": {**before["metrics"], "churn": {}}}
    write_model(package, {name: value for name, value in unknown.items() if name != "weightsSha256"})  # of another release
    assert cli.main(["churn", str(package), "--config", RECIPE, "--events", str(events)]) == 0
    again, model = dict(np.load(package / WEIGHTS_FILE)), check_package(package)
    assert len(heads) > 8 and all(np.allclose(again[name], trained[name], atol=1e-4) for name in heads)
    assert again.keys() == trained.keys() and all(np.array_equal(again[name], trained[name]) for name in trained.keys() - set(heads)), "the encoder is another"
    assert model["metrics"] == before["metrics"] and model["churn"] == before["churn"] and model["training"]["churnTest"] == before["training"]["churnTest"]
    assert cli.main(["churn", str(package), "--config", RECIPE]) == 1
    assert "--events FILE" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["churn"], ["export", "--variant", "top"]])
def test_nothing_is_measured_on_days_that_a_package_has_learned_from(package: Path, events: Path, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    before = (package / "model.json").read_bytes()
    assert cli.main([*command, str(package), "--config", RECIPE, "--events", str(events), "--days", "20"]) == 1
    assert f"{package} has learned from what is before 2026-04-17, but what is from 2026-04-11 on must be new to it" in capsys.readouterr().err
    assert (package / "model.json").read_bytes() == before and [each.name for each in package.parent.iterdir()] == ["1"]
