"""An interrupted training goes on where it was and ends as if nothing had happened."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from test_retraining import write_shop

from personalization_models.training.checkpoint import Checkpoint
from personalization_models.config import Config, ContentConfig
from personalization_models.errors import ModelsError
from personalization_models.data.transactions import build_log, build_vocabulary
from personalization_models.data.events import read_event_files
from personalization_models.pipeline import train_package
from personalization_models.training.pretraining import pretrain
from personalization_models.training.retraining import dated
from personalization_models.training.next_item import TrainingRun, train_next_item


def interrupted_at(words: str) -> object:
    """Listens to a training and stops it when it begins what the words say."""
    def say(message: str) -> None:
        if message.startswith(words):
            raise KeyboardInterrupt

    return say


def test_a_training_that_was_stopped_twice_ends_with_the_same_weights(tmp_path: Path, small: Config) -> None:
    training = dataclasses.replace(small.training, max_epochs=3, patience=5, learning_rate=5e-3)
    churn = dataclasses.replace(small.churn, horizon_days=20)
    events = read_event_files([write_shop(tmp_path / "e.jsonl", users=20)])
    config = dated(dataclasses.replace(small, training=training, churn=churn), events, 14)
    vocabulary = build_vocabulary(events, 2**40, 1)
    log = build_log(events, vocabulary)

    def train(say: object, checkpoint: Checkpoint) -> TrainingRun:
        return train_next_item(log, len(vocabulary), config, say, checkpoint=checkpoint)  # type: ignore[arg-type]

    at_once = train(lambda message: None, Checkpoint(None, ""))
    said: list[str] = []
    kept = Checkpoint(tmp_path / "kept.pt", "recipe")
    for words in ("epoch 3", "refit epoch 2"):
        with pytest.raises(KeyboardInterrupt):
            train(interrupted_at(words), kept)
    again = train(said.append, kept)
    assert "continues after epoch 1" in said and not any(message.startswith("epoch ") for message in said)
    assert (again.epochs, again.best_epoch, again.shares) == (at_once.epochs, at_once.best_epoch, at_once.shares)
    for name, value in at_once.network.state_dict().items():
        assert torch.equal(value, again.network.state_dict()[name]), name


def test_another_recipe_or_data_set_starts_anew(tmp_path: Path) -> None:
    Checkpoint(tmp_path / "c.pt", "one").save({"epoch": 3})
    assert Checkpoint(tmp_path / "c.pt", "one").load() == {"epoch": 3}
    assert Checkpoint(tmp_path / "c.pt", "other").load() == {}
    Checkpoint(tmp_path / "c.pt", "one").remove()
    assert Checkpoint(tmp_path / "c.pt", "one").load() == {} and not list(tmp_path.iterdir())


def test_a_checkpoint_that_cannot_be_read_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    kept = Checkpoint(path, "one")
    kept.save({"epoch": 3, "network": {"weight": torch.ones(4000)}})
    whole = path.read_bytes()
    for broken in (whole[:-20], whole[:len(whole) // 2], whole[:100], b"PK", b"", bytes(len(whole))):
        path.write_bytes(broken)
        with pytest.raises(ModelsError, match=f"{path}, where the training stood, cannot be read .*\\. Remove it, and the training starts anew"):
            kept.load()


def test_a_checkpoint_that_finds_no_room_is_an_error_and_leaves_the_one_before(tmp_path: Path) -> None:
    kept = Checkpoint(tmp_path / "c.pt", "one")
    kept.save({"epoch": 3})
    (tmp_path / "c.pt.tmp").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device"):  # PyTorch, of a path, ends the process
        kept.save({"epoch": 4, "network": {"weight": torch.ones(40_000)}})
    assert kept.load() == {"epoch": 3} and [file.name for file in tmp_path.iterdir()] == ["c.pt"]


def test_a_pretraining_goes_on_and_leaves_nothing_but_the_encoder(tmp_path: Path, small: Config) -> None:
    small = dataclasses.replace(small, training=dataclasses.replace(small.training, max_epochs=2), data=dataclasses.replace(small.data, min_item_purchases=1))
    shop = write_shop(tmp_path / "e.jsonl", days=40, users=10)
    pretrain(small, [shop], tmp_path / "at-once.npz", lambda message: None)
    with pytest.raises(KeyboardInterrupt):
        pretrain(small, [shop], tmp_path / "encoder.npz", interrupted_at("epoch 2"))  # type: ignore[arg-type]
    said: list[str] = []
    pretrain(small, [shop], tmp_path / "encoder.npz", said.append)
    assert "continues after epoch 1" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["at-once.npz", "e.jsonl", "encoder.npz"]
    import numpy as np
    with np.load(tmp_path / "at-once.npz") as one, np.load(tmp_path / "encoder.npz") as other:
        assert all(np.array_equal(one[name], other[name]) for name in one.files)


def test_a_training_goes_on_with_another_churn_head_and_starts_anew_with_another_catalogue_or_encoder(tmp_path: Path, small: Config) -> None:
    path = write_shop(tmp_path / "e.jsonl", users=75)
    events, catalogue = read_event_files([path]), tmp_path / "items.jsonl"

    def say_of_items(last: str) -> None:
        categories = [*(f"C{at % 3}" for at in range(29)), last]
        catalogue.write_text("".join(json.dumps({"itemId": f"p{at:02}", "title": f"Thing {at}", "categories": [category]}) + "\n"
                                     for at, category in enumerate(categories)), encoding="utf-8")

    say_of_items("C0")
    training = dataclasses.replace(small.training, max_epochs=2, patience=5, refit=False)
    config = dataclasses.replace(small, training=training, content=ContentConfig(catalogue, price_classes=1), data=dataclasses.replace(small.data, min_item_purchases=1),
                                 churn=dataclasses.replace(small.churn, horizon_days=20, max_epochs=1),
                                 package=dataclasses.replace(small.package, output=tmp_path / "package", parity_rows=4))
    config = dated(config, events, 14)
    encoder = tmp_path / "encoder.npz"

    def told(config: Config, stop_at: str, initial: Path | None = None) -> list[str]:
        said: list[str] = []

        def say(message: str) -> None:
            said.append(message)
            if message.startswith(stop_at):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            train_package(config, say, events, initial)
        return [message for message in said if message.startswith(("epoch", "continues"))]

    def starts_anew(initial: Path | None = None) -> bool:
        return [message[:7] for message in told(config, "epoch 2", initial)] == ["epoch 1", "epoch 2"]

    assert starts_anew()
    say_of_items("C1")
    assert starts_anew(), "of another category"
    say_of_items("C1")
    wider = dataclasses.replace(config, churn=dataclasses.replace(config.churn, hidden=config.churn.hidden + 8, members=2, totals=not config.churn.totals))
    assert [message[:8] for message in told(wider, "epoch 2")] == ["continue", "epoch 2:"]
    for seed in (1, 2):
        pretrain(dataclasses.replace(config, seed=seed), [path], encoder, lambda _: None)
        assert starts_anew(encoder), "from another encoder of the same name"


def test_a_pretraining_on_other_events_of_the_same_number_starts_anew(tmp_path: Path, small: Config) -> None:
    small = dataclasses.replace(small, training=dataclasses.replace(small.training, max_epochs=2), data=dataclasses.replace(small.data, min_item_purchases=1))
    shop, said = write_shop(tmp_path / "e.jsonl", days=40, users=10), []
    with pytest.raises(KeyboardInterrupt):
        pretrain(small, [shop], tmp_path / "encoder.npz", interrupted_at("epoch 2"))  # type: ignore[arg-type]
    shop.write_text(shop.read_text(encoding="utf-8").replace('"p01"', '"p??"').replace('"p02"', '"p01"').replace('"p??"', '"p02"'), encoding="utf-8")
    pretrain(small, [shop], tmp_path / "encoder.npz", said.append)
    assert any(line.startswith("epoch 1") for line in said)


def test_a_pretraining_goes_on_with_another_churn_head(tmp_path: Path, small: Config) -> None:
    small = dataclasses.replace(small, training=dataclasses.replace(small.training, max_epochs=2), data=dataclasses.replace(small.data, min_item_purchases=1))
    shop, said = write_shop(tmp_path / "e.jsonl", days=40, users=10), []
    with pytest.raises(KeyboardInterrupt):
        pretrain(small, [shop], tmp_path / "encoder.npz", interrupted_at("epoch 2"))  # type: ignore[arg-type]
    pretrain(dataclasses.replace(small, churn=dataclasses.replace(small.churn, hidden=small.churn.hidden + 8)), [shop], tmp_path / "encoder.npz", said.append)
    assert "continues after epoch 1" in said
