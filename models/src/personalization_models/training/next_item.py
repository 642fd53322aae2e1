"""Trains the next-item task: full softmax over the catalogue at every position, early stopping on validation."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..config import Config, Recipe
from ..data.content import ContentTable
from ..data.sequences import batches_by_length, training_batch, training_windows
from ..data.transactions import EventLog, epoch_seconds
from ..errors import ModelsError
from ..evaluation.ranking import next_event_cases, ranking_metrics
from ..evaluation.scoring import transformer_scorer
from ..network.network import ItemTable, Network
from ..progress import Progress
from .blending import fit_shares
from .checkpoint import Checkpoint
from .initialisation import item_vectors
from .loss import next_item_loss

GRADIENT_NORM = 5.0
FINAL_DECAY = 0.9
VALIDATION_CASES_PER_USER = 5


@dataclass(frozen=True)
class TrainingRun:
    """What the next-item training did."""

    network: Network
    epochs: int
    best_epoch: int
    validation: dict[str, float]
    shares: dict[str, dict[str, float]]
    seconds: float


def create_network(log: EventLog, item_count: int, config: Recipe, content: ContentTable | None = None) -> Network:
    """A network with seeded weights whose item biases start at the logarithm of popularity.

    ``content`` starts with what it can say of the items' first vectors; the items keep the rest.
    """
    torch.manual_seed(config.seed)
    network = Network(item_count, 3, config.encoder, config.churn, config.neighbours, copy.deepcopy(content))
    counts = np.bincount(log.items, minlength=item_count + 1).astype(np.float64)
    with torch.no_grad():
        network.items.weight.copy_(item_vectors(log, item_count, config.encoder.dimension, config.encoder.dimension ** -0.5, config.seed))
        network.item_bias.copy_(torch.tensor(np.log((counts + 1) / (counts.sum() + item_count)), dtype=torch.float32))
        if network.content is not None:
            own = torch.cat([network.items.weight, network.item_bias[:, None]], dim=1)
            network.content.explain(own)
            own -= network.content()
            network.items.weight.copy_(own[:, :-1])
            network.item_bias.copy_(own[:, -1])
    return network


def train_next_item(log: EventLog, item_count: int, config: Config, say: Callable[[str], None],
                    start: Callable[[Network], None] | None = None, content: ContentTable | None = None,
                    checkpoint: Checkpoint = Checkpoint(None, "")) -> TrainingRun:
    """Trains on events before ``validation_start``, stops early, and refits up to ``test_start`` if configured.

    ``start`` may replace the drawn weights of each new network; ``content`` is that of the items. Goes on where ``checkpoint`` is.
    """
    validation_start, test_start = epoch_seconds(config.data.validation_start), epoch_seconds(config.data.test_start)
    past, known = log.before(validation_start), log.before(test_start)
    cases = next_event_cases(known, validation_start, VALIDATION_CASES_PER_USER, config.seed, recent_seconds=config.data.recent_seconds)
    state: dict[str, Any] = {"seconds": 0.0, "epoch": 0, "best": -math.inf, "best_epoch": 0, "metrics": {}, "refitted": 0, **checkpoint.load()}

    def begin(events: EventLog, done: int) -> tuple[Network, Epochs]:
        network = create_network(events, item_count, config, content)
        if start is not None:
            start(network)
        epochs = Epochs(network, events, config)
        if done:
            say(f"continues after epoch {done}")
            network.load_state_dict(state["network"], strict=False)
            epochs.restore(state["optimizer"])
        return network, epochs

    def keep(network: Network, epochs: Epochs, started: float, **values: Any) -> None:
        state.update(values, network=network.without_churn(), optimizer=epochs.saved(), seconds=state["seconds"] + time.monotonic() - started)
        checkpoint.save(state)

    network, epochs = begin(past, 0 if state["refitted"] else state["epoch"])
    while not state["refitted"] and state["epoch"] < config.training.max_epochs and state["epoch"] - state["best_epoch"] < config.training.patience:
        started, number = time.monotonic(), state["epoch"] + 1
        loss = epochs.run(number)
        validation = ranking_metrics(transformer_scorer(network, config.encoder), cases)
        say(f"epoch {number}: loss {loss:.4f}, validation hr@10 {validation['hr@10']:.4f} ndcg@10 {validation['ndcg@10']:.4f}")
        if validation["ndcg@10"] > state["best"]:
            state |= {"best": validation["ndcg@10"], "best_epoch": number, "metrics": validation,
                      "weights": {key: value.clone() for key, value in network.without_churn().items()}}
        keep(network, epochs, started, epoch=number)
    network.load_state_dict(state["weights"], strict=False)
    network.eval()
    network.neighbours.fit(past)
    shares = fit_shares(network, log, config)
    say(f"shares of the blend: {shares}")
    if config.training.refit:
        say(f"refit on all days before {config.data.test_start} for {state['best_epoch']} epochs")
        fitted = network.neighbours.shares.clone(), network.own.shares.clone()
        network, epochs = begin(known, state["refitted"])
        for number in range(state["refitted"] + 1, state["best_epoch"] + 1):
            started = time.monotonic()
            say(f"refit epoch {number}: loss {epochs.run(number):.4f}")
            keep(network, epochs, started, refitted=number)
        network.neighbours.fit(known)
        for buffer, value in zip((network.neighbours.shares, network.own.shares), fitted):
            buffer.copy_(value)
    network.eval()
    return TrainingRun(network, state["epoch"], state["best_epoch"], state["metrics"], shares, state["seconds"])


class Epochs:
    """Runs optimisation epochs of one network over one log."""

    def __init__(self, network: Network, log: EventLog, config: Recipe) -> None:
        self._network, self._log, self._config = network, log, config
        self._rng = np.random.default_rng(config.seed)
        parameters = [parameter for name, parameter in network.named_parameters() if not name.startswith("churn_head.")]
        self._optimizer = torch.optim.Adam(parameters, lr=config.training.learning_rate, betas=(0.9, 0.98))

    @staticmethod
    def decay(number: int, max_epochs: int) -> float:
        """Factor of the learning rate in epoch ``number``: falls linearly from 1 towards a tenth."""
        return 1 - FINAL_DECAY * (number - 1) / max_epochs

    def saved(self) -> dict[str, Any]:
        """Optimiser and generator, to be kept in a checkpoint."""
        return {"optimizer": self._optimizer.state_dict(), "rng": self._rng.bit_generator.state, "torch": torch.get_rng_state()}

    def restore(self, saved: dict[str, Any]) -> None:
        """Goes on where :meth:`saved` was called."""
        self._optimizer.load_state_dict(saved["optimizer"])
        self._rng.bit_generator.state = saved["rng"]
        torch.set_rng_state(saved["torch"])

    def run(self, number: int) -> float:
        """One pass; returns the mean loss a target (nats), and raises :class:`ModelsError` where that is no number. The learning rate falls linearly over ``max_epochs``."""
        config, network = self._config, self._network
        for group in self._optimizer.param_groups:
            group["lr"] = config.training.learning_rate * self.decay(number, config.training.max_epochs)
        log = self._log.shuffled(self._rng, config.training.shuffle_share)
        starts, ends = training_windows(log, config.encoder.max_length, self._rng)
        progress = Progress(f"epoch {number}", len(starts))
        total, count, done = 0.0, 0, 0
        network.train()
        for rows in batches_by_length(ends - starts, config.training.batch_size, self._rng):
            batch = training_batch(log, starts[rows], ends[rows], config.encoder, config.training, self._rng)
            loss, targets_here = next_item_loss(network, batch, config.training.negatives, self._table())
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_NORM)
            self._optimizer.step()
            total, count, done = total + (float(loss) * targets_here if targets_here else 0.0), count + targets_here, done + len(rows)
            progress.update(done, f"loss {total / max(count, 1):.3f}")
        progress.close()
        network.eval()
        if not math.isfinite(total):
            raise ModelsError(f"The training diverged in epoch {number}: its loss is {total}. Take a smaller training.learning_rate, or another seed.")
        return total / max(count, 1)

    def _table(self) -> ItemTable:
        content = self._config.content
        if content is None or content.hidden == 0:
            return self._network.table()
        return self._network.table(torch.from_numpy(self._rng.random(len(self._network.item_bias)) < content.hidden))
