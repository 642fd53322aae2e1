"""The loop from exported events to a published package, and encoders that move between shops."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from conftest import MODELS

from personalization_models import cli
from personalization_models.cli import _parser
from personalization_models.config import Config, ContentConfig, load_config
from personalization_models.data.transactions import build_log, build_vocabulary
from personalization_models.errors import ModelsError
from personalization_models.data.events import read_event_files
from personalization_models.packages.exporting import export_again
from personalization_models.training.pretraining import joined, pretrain
from personalization_models.packages.package import WEIGHTS_FILE, check_package, write_model
from personalization_models.packages.package_report import REPORT_FILE
from personalization_models.pipeline import train_package
from personalization_models.training import retraining
from personalization_models.training.comparing import compare
from personalization_models.training.retraining import RECENT_SECONDS, dated, retrain, with_catalogue
from personalization_models.training.next_item import create_network
from personalization_models.packages.weights import load_network, start_from

START = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)


def write_shop(path: Path, days: int = 120, users: int = 90, items: int = 30) -> Path:
    """Shoppers who walk around a circle of items; every third never comes back after half of the time."""
    rng = np.random.default_rng(2)
    events = []
    for user in range(users):
        item, day = int(rng.integers(0, items)), float(rng.random() * 10)
        while day < (days / 2 if user % 3 == 0 else days):
            for kind in ("view", "purchase"):
                moment = START + dt.timedelta(days=day, minutes=int(kind == "purchase"))
                events.append({"userId": f"u{user}", "itemId": f"p{item:02}", "type": kind, "timestamp": moment.isoformat(),
                               "eventId": f"{user}-{day}-{kind}", "price": 2.5})
            item, day = (item + 1) % items, day + float(rng.exponential(4.0)) + 0.1
    events.sort(key=lambda event: event["timestamp"])
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tiny(small: Config) -> Config:
    training = dataclasses.replace(small.training, max_epochs=2, refit=False, learning_rate=5e-3)
    churn = dataclasses.replace(small.churn, horizon_days=20, max_epochs=2)
    package = dataclasses.replace(small.package, parity_rows=4)
    return dataclasses.replace(small, training=training, churn=churn, package=package, data=dataclasses.replace(small.data, min_item_purchases=1), content=None)


def test_dates_are_counted_back_from_the_newest_event_and_too_short_a_log_is_refused(tmp_path: Path, tiny: Config) -> None:
    events = read_event_files([write_shop(tmp_path / "e.jsonl")])
    counted = dated(tiny, events, 14)
    counted.check()
    assert counted.data.test_start == dt.date(2026, 4, 17)
    assert counted.data.validation_start == dt.date(2026, 4, 3) and counted.churn.last_cut == dt.date(2026, 3, 14)
    assert counted.data.source == "the shop's own events"
    with pytest.raises(ModelsError, match="Purchases since 2026-01-0.* are too few days: .* need 160. Export more days"):
        dated(tiny, events, 60)
    for days in (0, -5):
        with pytest.raises(ModelsError, match="--days must be at least 1"):
            dated(tiny, events, days)


def test_the_first_cut_off_has_a_horizon_behind_it_and_one_wrong_clock_does_not_move_it(tmp_path: Path, tiny: Config) -> None:
    path = write_shop(tmp_path / "e.jsonl")
    first_cut = dated(tiny, read_event_files([path]), 14).churn.first_cut
    assert dt.date(2026, 1, 21) <= first_cut <= dt.date(2026, 1, 25)
    ancient = {"userId": "u1", "itemId": "p01", "type": "purchase", "timestamp": "2005-01-01T00:00:00Z"}
    path.write_text(path.read_text(encoding="utf-8") + json.dumps(ancient) + "\n", encoding="utf-8")
    assert dated(tiny, read_event_files([path]), 14).churn.first_cut == first_cut


def test_what_is_asked_is_what_silos_would_show(tmp_path: Path, tiny: Config) -> None:
    events = read_event_files([write_shop(tmp_path / "e.jsonl")])
    options = (MODELS.parent / "src" / "Personalization.Domain" / "Ranking" / "RankingOptions.cs").read_text(encoding="utf-8")
    days = re.search(r"TimeSpan RecentWindow .* = TimeSpan.FromDays\((\d+)\);", options)
    assert days is not None and RECENT_SECONDS == int(days[1]) * 86_400 == dated(tiny, events, 14).data.recent_seconds
    other = dataclasses.replace(tiny, data=dataclasses.replace(tiny.data, recent_seconds=3600))
    assert dated(other, events, 14).data.recent_seconds == 3600
    assert tiny.data.recent_seconds == 0, "the published figures are of every purchase"


def test_a_log_that_cannot_be_learned_from_is_refused_before_the_training(tmp_path: Path, tiny: Config) -> None:
    path = write_shop(tmp_path / "e.jsonl")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def refused(kept: list[dict[str, object]], config: Config = tiny) -> str:
        path.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
        said: list[str] = []
        with pytest.raises(ModelsError) as error:
            retrain(config, read_event_files([path]), None, tmp_path / "packages", 14, said.append)
        assert not any("epoch" in line for line in said) and not list((tmp_path / "packages").glob("*/*"))
        return str(error.value)

    assert "hold no purchase" in refused([row for row in rows if row["type"] == "view"])
    assert "There is no purchase since 2026-04-17" in refused([row for row in rows if row["type"] == "view" or str(row["timestamp"]) < "2026-04-17"])
    last = {str(row["userId"]): row for row in rows}
    strangers = [{**row, "userId": f"new {at}"} for at, row in enumerate(last.values())]
    assert "Nobody who bought since 2026-04-17 is known from before" in refused([row for row in rows if str(row["timestamp"]) < "2026-04-16"] + strangers)
    assert "needs 50 customers" in refused([row for row in rows if row["userId"] in ("u1", "u2", "u3")])
    rare = dataclasses.replace(tiny, data=dataclasses.replace(tiny.data, min_item_purchases=10_000))
    assert "no item that was bought or looked at at least 10000 times" in refused(rows, rare)
    catalogue = tmp_path / "items.jsonl"
    catalogue.write_text('{"itemId": "85123A", "title": "Of another shop"}\n', encoding="utf-8")
    foreign = with_catalogue(dataclasses.replace(tiny, content=ContentConfig(catalogue)), catalogue)
    assert f"{catalogue} has none of the shop's 30 items, of which one is 'p00'" in refused(rows, foreign)


def test_a_shop_of_a_few_items_gets_a_package_and_its_new_items_another(tmp_path: Path, tiny: Config) -> None:
    catalogue = tmp_path / "items.jsonl"
    catalogue.write_text("".join(json.dumps({"itemId": f"p{at:02}", "title": f"Thing {at}", "categories": [f"C{at % 2}"]}) + "\n" for at in range(8)), encoding="utf-8")
    config, path = dataclasses.replace(tiny, content=ContentConfig(catalogue)), write_shop(tmp_path / "e.jsonl", items=6)
    first = retrain(config, read_event_files([path]), None, tmp_path / "packages", 14, lambda _: None)
    assert first is not None
    assert load_network(first)[2] == [f"p{at:02}" for at in range(8)]
    with catalogue.open("a", encoding="utf-8") as file:
        file.write('{"itemId": "p08", "title": "Thing 8", "categories": ["C0"]}\n')
    second = export_again(first, config, 4, None, lambda _: None, catalogue, [path])
    network, _, vocabulary = load_network(second)
    assert vocabulary == [f"p{at:02}" for at in range(9)] and network.neighbours.items.shape == (10, 9)


@pytest.fixture(scope="module")
def shops(tiny: Config, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Packages of one shop's events: ``good``, and ``bad``, which was hardly trained and says what came before."""
    folder = tmp_path_factory.mktemp("shops")
    events = read_event_files([write_shop(folder / "events.jsonl")])
    untrained = dataclasses.replace(tiny, training=dataclasses.replace(tiny.training, learning_rate=1e-9, max_epochs=1))
    recipes = {"good": tiny, "bad": dataclasses.replace(untrained, neighbours=dataclasses.replace(tiny.neighbours, history=1, backward=100.0))}
    for name, recipe in recipes.items():
        train_package(dataclasses.replace(dated(recipe, events, 14), package=dataclasses.replace(tiny.package, output=folder / name)), lambda _: None, events)
    return {name: folder / name for name in (*recipes, "events.jsonl")}


def trains(monkeypatch: pytest.MonkeyPatch, package: Path, meanwhile: Callable[[], None] = lambda: None, popular: float | None = None) -> None:
    """Makes ``package`` what the next trainings give, and lets recent popularity be as good as ``popular``."""
    def train(config: Config, *_: object, **__: object) -> dict[str, Any]:
        shutil.copytree(package, config.package.output)
        meanwhile()
        model = check_package(package)
        if popular is not None:
            model["metrics"]["nextItem"]["recentPopularity7"]["ndcg@10"] = popular
        return model

    monkeypatch.setattr(retraining, "train_package", train)


def test_a_package_is_published_only_if_it_is_better_than_what_serves_and_than_what_is_popular(
        tmp_path: Path, tiny: Config, shops: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    events, packages, said = read_event_files([shops["events.jsonl"]]), tmp_path / "packages", []
    abandoned, running = (packages / tiny.name / f".challenger-{name}" for name in ("abandoned", "running"))
    for folder in (abandoned, running):
        folder.mkdir(parents=True)
    os.utime(abandoned, (0, 0))

    def published(name: str, popular: float | None = None) -> Path | None:
        trains(monkeypatch, shops[name], popular=popular)
        return retrain(tiny, events, None, packages, 14, said.append)

    assert published("good", popular=1.0) is None
    assert re.fullmatch(r"Not published: its ndcg@10 of 0\.\d+ is below the 1\.0000 of recentPopularity7, which knows no shopper\.", said[-1])
    assert not abandoned.exists() and running.exists()
    running.rmdir()
    first = published("bad")
    assert first is not None and first.name == "1" and (first / WEIGHTS_FILE).is_file()
    second = published("good")
    assert second is not None and second.name == "2" and check_package(second)["version"] == "2" and said[-1] == f"published: {second}"
    assert f"<h1>{tiny.name} 2</h1>" in (second / REPORT_FILE).read_text(encoding="utf-8")
    for name in ("bad", "good"):
        assert published(name) is None and "is not above the champion's" in said[-1]
    assert sorted(each.name for each in (packages / tiny.name).iterdir()) == ["1", "2"]
    same = compare(second, second, events, dated(tiny, events, 14))
    assert same.champion == same.challenger > 0.2


def test_a_version_that_was_taken_during_the_training_is_left_as_it_is(
        tmp_path: Path, tiny: Config, shops: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    trains(monkeypatch, shops["good"], lambda: shutil.copytree(shops["bad"], tmp_path / tiny.name / "2"))
    shutil.copytree(shops["bad"], tmp_path / tiny.name / "1")
    published = retrain(tiny, read_event_files([shops["events.jsonl"]]), None, tmp_path, 14, lambda _: None)
    assert published is not None and published.name == check_package(published)["version"] == "3"
    assert (tmp_path / tiny.name / "2" / "model.onnx").read_bytes() == (shops["bad"] / "model.onnx").read_bytes()


def test_a_shops_package_says_what_it_was_measured_on_and_has_its_weights(shops: dict[str, Path], tmp_path: Path) -> None:
    network, model, vocabulary = load_network(shops["good"])
    assert model["itemCount"] == len(vocabulary) == 30 and not network.training
    assert model["training"]["data"] == "the shop's own events"
    # Nobody knows yet who leaves within 20 days of the newest 14: churn is measured where it is known, and the package says so.
    assert model["training"]["churnTest"]["cut"] == "2026-03-28" and not model["training"]["churnTest"]["unseen"]
    older = Path(shutil.copytree(shops["good"], tmp_path / "1"))
    np.savez(older / WEIGHTS_FILE, **{name: value for name, value in np.load(older / WEIGHTS_FILE).items() if name != "churn_head.centre"})
    write_model(older, {name: value for name, value in check_package(shops["good"]).items() if name != "weightsSha256"})
    with pytest.raises(ModelsError, match="does not fit the network of this release"):
        load_network(older)


def test_an_encoder_moves_to_another_shop_and_known_items_keep_their_vectors(tmp_path: Path, tiny: Config) -> None:
    path = write_shop(tmp_path / "e.jsonl", days=40, users=20)
    until = dt.date(2026, 2, 8)
    pretrain(tiny, [path, path], tmp_path / "encoder.npz", lambda _: None, until)
    events = read_event_files([path])
    vocabulary = build_vocabulary(events, 2**40, 1)
    network = create_network(build_log(events, vocabulary), len(vocabulary), tiny)
    before, own = network.blocks[0].query.weight.clone(), network.items.weight.clone()
    names = [*reversed(vocabulary[1:]), "new"]  # in another order than the encoder has them
    assert start_from(network, tmp_path / "encoder.npz", names, until) == len(vocabulary) - 1
    assert not torch.equal(before, network.blocks[0].query.weight)
    given = np.load(tmp_path / "encoder.npz")
    vectors = dict(zip(given["vocabulary"].tolist(), given["items.weight"][1:]))
    assert all(np.array_equal(network.items.weight[at].detach(), vectors[name]) for at, name in enumerate(names[:-1], 1))
    assert torch.equal(network.items.weight[[0, -1]], own[[0, -1]]), "what the encoder does not know stays as it was drawn"
    wider = dataclasses.replace(tiny, encoder=dataclasses.replace(tiny.encoder, dimension=32))
    with pytest.raises(ModelsError, match="does not fit"):
        start_from(create_network(build_log(events, vocabulary), len(vocabulary), wider), tmp_path / "encoder.npz", vocabulary, until)


def test_a_pretrained_encoder_has_not_seen_what_is_held_out_and_one_that_has_is_refused(tmp_path: Path, tiny: Config) -> None:
    path = write_shop(tmp_path / "e.jsonl")
    late = {"userId": "u1", "itemId": "late", "type": "purchase", "timestamp": "2026-04-04T10:00:00Z"}
    path.write_text(path.read_text(encoding="utf-8") + json.dumps(late) + "\n", encoding="utf-8")
    said: list[str] = []

    def names(until: dt.date | None) -> list[str]:
        pretrain(dataclasses.replace(tiny, training=dataclasses.replace(tiny.training, max_epochs=1)), [path], tmp_path / "encoder.npz", said.append, until)
        return list(np.load(tmp_path / "encoder.npz")["vocabulary"])

    assert "late" in names(dt.date(2026, 4, 5))
    events = read_event_files([path])
    with pytest.raises(ModelsError, match="trained on events until 2026-04-05, but is to be validated from 2026-04-03 on"):
        retrain(tiny, events, None, tmp_path / "packages", 14, said.append, tmp_path / "encoder.npz")
    assert "late" not in names(None) and any(line.endswith("30 items, events before 2026-04-03") for line in said)
    assert retrain(tiny, events, None, tmp_path / "packages", 14, said.append, tmp_path / "encoder.npz") is not None
    assert any("encoder.npz: 30 items known by name" in line for line in said)
    with pytest.raises(ModelsError, match="no item .* before 2020-01-01"):
        names(dt.date(2020, 1, 1))


def test_a_job_that_is_stopped_ends_as_an_interrupted_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(cli, "_check", lambda _: os.kill(os.getpid(), signal.SIGTERM))
    try:
        assert cli.main(["check", "folder"]) == cli.INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)
    assert "What was on disk before is unchanged" in capsys.readouterr().err


def test_shops_side_by_side_share_neither_users_nor_items_nor_baskets(tmp_path: Path) -> None:
    events = read_event_files([write_shop(tmp_path / "e.jsonl", days=20, users=5)])
    vocabulary = build_vocabulary(events, 2**40, 1)
    log = build_log(events, vocabulary)
    both = joined([log, log], [vocabulary, vocabulary])
    half = len(log.items)
    assert len(set(both.users)) == 2 * len(log.users) and (both.items[half:] == log.items + len(vocabulary)).all()
    assert both.baskets[half] > both.baskets[half - 1] and both.offsets[-1] == 2 * half


def test_the_scheduled_job_exports_what_it_trains_on_and_its_image_holds_what_it_names(tmp_path: Path) -> None:
    infra = MODELS.parent / "infra"
    job = (infra / "kubernetes" / "retrain-cronjob.yaml").read_text(encoding="utf-8")
    exported = re.findall(r"args: \[export, (/events/\S+), ", job)
    options = _parser().parse_args(["retrain", *re.findall(r"^ +- (--\S+)$", job, re.MULTILINE)])
    assert [*map(str, options.events), str(options.catalogue)] == exported
    image = (infra / "docker" / "models.Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (models/\S+) (/models/\S+)$", image, re.MULTILINE)
    source = {to: MODELS.parent / folder for folder, to in copied}[str(options.config.parent)]
    config = with_catalogue(load_config(source / options.config.name), options.catalogue)
    assert config.content is not None and config.content.catalogue == options.catalogue, "the image has no catalogue of its own"


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (1, 1), (3, 0), (130, 130)])
def test_the_scheduled_job_takes_not_better_for_an_answer_and_passes_its_end_on(tmp_path: Path, code: int, expected: int) -> None:
    assert run_job(tmp_path, f"exit {code}").wait(60) == expected


def test_a_scheduled_job_that_is_stopped_waits_until_the_training_has_cleared_up(tmp_path: Path) -> None:
    job = run_job(tmp_path, f"trap 'touch {tmp_path}/cleared; exit 130' TERM; echo ready; while :; do read line < {tmp_path}/fifo; done")
    assert job.stdout is not None and job.stdout.readline() == "ready\n"
    job.terminate()
    assert job.wait(60) == 130 and (tmp_path / "cleared").exists()


def run_job(folder: Path, training: str) -> subprocess.Popen[str]:
    """The command of the scheduled job, with a script in the place of Python."""
    (document,) = yaml.safe_load_all((MODELS.parent / "infra" / "kubernetes" / "retrain-cronjob.yaml").read_text(encoding="utf-8"))
    (container,) = document["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    python = folder / "python3"
    python.write_text(f"#!/bin/sh\n{training}\n", encoding="utf-8")
    python.chmod(0o755)
    os.mkfifo(folder / "fifo")
    return subprocess.Popen([*container["command"], *container["args"]], env={"PATH": f"{folder}:{os.environ['PATH']}"}, stdout=subprocess.PIPE, text=True)
