"""Trains the next-item task: full softmax over the catalogue at every position, early stopping on validation."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .blending import fit_shares
from .config import Config, Recipe
from .data import EventLog, epoch_seconds
from .evaluation import next_event_cases, ranking_metrics
from .initialisation import item_vectors
from .network import MASKED, Network
from .progress import Progress
from .scoring import tensors, transformer_scorer
from .sequences import TrainingBatch, batches_by_length, training_batch, training_windows

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
    neighbour_shares: dict[str, float]
    seconds: float


def create_network(log: EventLog, item_count: int, config: Recipe) -> Network:
    """A network with seeded weights whose item biases start at the logarithm of popularity."""
    torch.manual_seed(config.seed)
    network = Network(item_count, 3, config.encoder, config.churn, config.neighbours)
    counts = np.bincount(log.items, minlength=item_count + 1).astype(np.float64)
    with torch.no_grad():
        network.items.weight.copy_(item_vectors(log, item_count, config.encoder.dimension, config.encoder.dimension ** -0.5, config.seed))
        network.item_bias.copy_(torch.tensor(np.log((counts + 1) / (counts.sum() + item_count)), dtype=torch.float32))
    return network


def train_next_item(log: EventLog, item_count: int, config: Config, say: Callable[[str], None],
                    start: Callable[[Network], None] | None = None) -> TrainingRun:
    """Trains on events before ``validation_start``, stops early, and refits up to ``test_start`` if configured.

    ``start`` may replace the drawn weights of each new network.
    """
    started = time.monotonic()
    validation_start, test_start = epoch_seconds(config.data.validation_start), epoch_seconds(config.data.test_start)
    past = log.before(validation_start)
    cases = next_event_cases(log.before(test_start), validation_start, VALIDATION_CASES_PER_USER, config.seed)
    network = create_network(past, item_count, config)
    if start is not None:
        start(network)
    epochs = Epochs(network, past, config)
    best_score, best_epoch, best_weights = -math.inf, 0, network.state_dict()
    best: dict[str, float] = {}
    epoch = 0
    for epoch in range(1, config.training.max_epochs + 1):
        loss = epochs.run(epoch)
        validation = ranking_metrics(transformer_scorer(network, config.encoder), cases)
        score = validation["ndcg@10"]
        say(f"epoch {epoch}: loss {loss:.4f}, validation hr@10 {validation['hr@10']:.4f} ndcg@10 {score:.4f}")
        if score > best_score:
            best_score, best_epoch = score, epoch
            best_weights, best = {key: value.clone() for key, value in network.state_dict().items()}, validation
        elif epoch - best_epoch >= config.training.patience:
            break
    network.load_state_dict(best_weights)
    network.neighbours.fit(past)
    shares = fit_shares(network, log, config)
    say(f"share of the item neighbours: {shares}")
    if config.training.refit:
        say(f"refit on all days before {config.data.test_start} for {best_epoch} epochs")
        past = log.before(test_start)
        network = create_network(past, item_count, config)
        if start is not None:
            start(network)
        epochs = Epochs(network, past, config)
        for number in range(1, best_epoch + 1):
            say(f"refit epoch {number}: loss {epochs.run(number):.4f}")
        network.neighbours.fit(past)
        network.neighbours.shares.copy_(torch.tensor(list(shares.values())))
    network.eval()
    return TrainingRun(network, epoch, best_epoch, best, shares, time.monotonic() - started)


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
        """One pass; returns the mean loss a target (nats). The learning rate falls linearly over ``max_epochs``."""
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
            loss, targets_here = _loss(network, batch, config.training.negatives)
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_NORM)
            self._optimizer.step()
            total, count, done = total + float(loss) * targets_here, count + targets_here, done + len(rows)
            progress.update(done, f"loss {total / max(count, 1):.3f}")
        progress.close()
        network.eval()
        return total / max(count, 1)


def _loss(network: Network, batch: TrainingBatch, negatives: int) -> tuple[Tensor, int]:
    items, actions, gaps = tensors(batch.inputs)
    targets, waits = torch.from_numpy(batch.targets), torch.from_numpy(batch.waits)
    states, events = network.states(items, actions, gaps, waits)
    wanted = targets > 0
    owners = wanted.nonzero()[:, 0]
    if negatives > 0:
        return _sampled_loss(network, states[wanted], targets[wanted], negatives), len(owners)
    logits = network.logits(states[wanted])
    if network.repeats is not None:
        repeats = network.repeats(items, gaps, waits, states, events, network.causal_for(items.shape[1]))
        logits = logits.scatter_add(1, items[owners], repeats[wanted])
    return F.cross_entropy(logits, targets[wanted]), len(owners)


def _sampled_loss(network: Network, states: Tensor, targets: Tensor, negatives: int) -> Tensor:
    """Cross entropy with the denominator estimated from uniform items that the whole batch shares.

    The correction by log(N / negatives) keeps scores on the scale of the full softmax (Jean et al., ACL 2015).
    """
    item_count = len(network.item_bias) - 1
    drawn = torch.randint(1, item_count + 1, (negatives,))
    others = F.linear(states, network.items(drawn), network.item_bias[drawn]) + math.log((item_count - 1) / negatives)
    others = others.masked_fill(targets[:, None] == drawn[None], MASKED)
    own = (states * network.items(targets)).sum(1) + network.item_bias[targets]
    return (torch.cat([own[:, None], others], dim=1).logsumexp(dim=1) - own).mean()
