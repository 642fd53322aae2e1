"""One encoder from the behaviour of several shops: their logs side by side, each with its own items."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..config import Config
from ..data.events import read_event_files
from ..data.transactions import EventLog, Transactions, build_log, build_vocabulary, read_transactions
from ..packages.weights import save_pretrained
from .checkpoint import Checkpoint
from .next_item import Epochs, create_network

END_OF_TIME = 2**40


def pretrain(config: Config, files: list[Path], output: Path, say: Callable[[str], None]) -> None:
    """Trains the recipe's encoder for ``max_epochs`` on all shops together and writes it with the names of all items."""
    torch.set_num_threads(config.threads)
    shops = [read_shop(path) for path in files]
    vocabularies = [build_vocabulary(shop, END_OF_TIME, config.data.min_item_purchases) for shop in shops]
    log = joined([build_log(shop, vocabulary) for shop, vocabulary in zip(shops, vocabularies)], vocabularies)
    items = [item for vocabulary in vocabularies for item in vocabulary]
    say(f"{len(files)} shops, {len(items)} items, {len(log.items)} events of {len(log.users)} users")
    network = create_network(log, len(items), config)
    epochs = Epochs(network, log, config)
    checkpoint = Checkpoint(output.with_name(f".{output.name}-training.pt"), repr((config.seed, config.encoder, config.training, items, len(log.items))))
    state: dict[str, Any] = {"epoch": 0, **checkpoint.load()}
    if state["epoch"]:
        say(f"continues after epoch {state['epoch']}")
        network.load_state_dict(state["network"])
        epochs.restore(state["optimizer"])
    for number in range(state["epoch"] + 1, config.training.max_epochs + 1):
        say(f"epoch {number}: loss {epochs.run(number):.4f}")
        checkpoint.save({"epoch": number, "network": network.state_dict(), "optimizer": epochs.saved()})
    save_pretrained(network.eval(), items, output)
    checkpoint.remove()
    say(f"written: {output}")


def read_shop(path: Path) -> Transactions:
    """Transactions of a CSV like Online Retail's, events of anything else."""
    return read_transactions(path) if ".csv" in path.suffixes else read_event_files([path])


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
