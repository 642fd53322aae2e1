"""One encoder from the behaviour of several shops: their logs side by side, each with its own items."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..config import Config
from ..data.events import read_event_files
from ..data.transactions import EventLog, Transactions, build_log, build_vocabulary, epoch_seconds, read_transactions
from ..errors import ModelsError
from ..packages.weights import save_pretrained
from .checkpoint import Checkpoint, fingerprint
from .next_item import Epochs, create_network
from .retraining import holdout

HOLDOUT_DAYS = 14  # of validation and of test, as `retrain` has them unless told otherwise


def pretrain(config: Config, files: list[Path], output: Path, say: Callable[[str], None], until: dt.date | None = None) -> None:
    """Trains the recipe's encoder for ``max_epochs`` on all shops together and writes it with the names of all items.

    Of each shop it sees what is before ``until``; otherwise before the recipe's validation (a CSV), or before the days that ``retrain``
    would hold out (events). Raises :class:`ModelsError` where nothing is before it.
    """
    torch.set_num_threads(config.threads)
    shops = [read_shop(path) for path in files]
    ends = [until or (config.data.validation_start if is_csv(path) else holdout(shop, HOLDOUT_DAYS)[0]) for path, shop in zip(files, shops)]
    vocabularies = [build_vocabulary(shop, epoch_seconds(end), config.data.min_item_purchases) for shop, end in zip(shops, ends)]
    for path, vocabulary, end in zip(files, vocabularies, ends):
        say(f"{path}: {len(vocabulary)} items, events before {end}")
        if not vocabulary:
            raise ModelsError(f"{path} has no item that was bought or looked at at least {config.data.min_item_purchases} times before {end}.")
    logs = [build_log(shop, vocabulary).before(epoch_seconds(end)) for shop, vocabulary, end in zip(shops, vocabularies, ends)]
    log = joined(logs, vocabularies)
    items = [item for vocabulary in vocabularies for item in vocabulary]
    say(f"{len(files)} shops, {len(items)} items, {len(log.items)} events of {len(log.users)} users")
    network = create_network(log, len(items), config)
    epochs = Epochs(network, log, config)
    checkpoint = Checkpoint(output.with_name(f".{output.name}-training.pt"), repr((config.seed, config.encoder, config.training, ends, fingerprint(items, log))))
    state: dict[str, Any] = {"epoch": 0, **checkpoint.load()}
    if state["epoch"]:
        say(f"continues after epoch {state['epoch']}")
        network.load_state_dict(state["network"], strict=False)
        epochs.restore(state["optimizer"])
    for number in range(state["epoch"] + 1, config.training.max_epochs + 1):
        say(f"epoch {number}: loss {epochs.run(number):.4f}")
        checkpoint.save({"epoch": number, "network": network.without_churn(), "optimizer": epochs.saved()})
    save_pretrained(network.eval(), items, max(ends), output)
    checkpoint.remove()
    say(f"written: {output}")


def read_shop(path: Path) -> Transactions:
    """Transactions of a CSV like Online Retail's, events of anything else."""
    return read_transactions(path) if is_csv(path) else read_event_files([path])


def is_csv(path: Path) -> bool:
    """Whether a file is a CSV like Online Retail's, packed or not."""
    return ".csv" in path.suffixes


def joined(logs: list[EventLog], vocabularies: list[list[str]]) -> EventLog:
    """One log in which users, items and baskets of different shops never meet."""
    first_items = np.cumsum([0, *(len(vocabulary) for vocabulary in vocabularies)])
    first_events = np.cumsum([0, *(len(log.items) for log in logs)])
    first_baskets = np.cumsum([0, *(int(log.baskets.max(initial=0)) for log in logs)])
    return EventLog(
        tuple(f"{at}:{user}" for at, log in enumerate(logs) for user in log.users),
        np.concatenate([[0], *(log.offsets[1:] + start for log, start in zip(logs, first_events))]),
        np.concatenate([log.items + start for log, start in zip(logs, first_items)]),
        np.concatenate([log.actions for log in logs]),
        np.concatenate([log.times for log in logs]),
        np.concatenate([log.baskets + start for log, start in zip(logs, first_baskets)]),
    )
