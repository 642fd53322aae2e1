"""Trains one recipe on one split, resumable after each epoch, and fits the blend on validation."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..evaluation.ranking import Cases, Scorer
from ..evaluation.scoring import blend_parts, transformer_scorer
from ..network.network import Network
from ..training.blending import SHARES
from ..training.checkpoint import Checkpoint, fingerprint
from ..training.next_item import Epochs, create_network
from .protocols import Split
from .ranking import masked, ndcg, ndcg_of, sample, target_ranks
from .settings import BenchmarkConfig

_CHUNK = 512


@dataclasses.dataclass(frozen=True)
class Trained:
    """A trained network, its epochs and what training took (CPU seconds)."""

    network: Network
    best_epoch: int
    epochs: int
    ndcg: float
    seconds: float


def train(split: Split, vocabulary: list[str], config: BenchmarkConfig, checkpoint: Path, say: Callable[[str], None]) -> Trained:
    """Trains until validation NDCG@10 has not risen for ``patience`` epochs; continues from ``checkpoint`` if there is one of this recipe and these events."""
    network = create_network(split.train, len(vocabulary), config)
    epochs = Epochs(network, split.train, config)
    asked = sample(split.validation, config.validation_cases, config.seed)
    recipe = (config.seed, config.data, config.encoder, config.training, fingerprint(vocabulary, split.train, split.known))
    saved = Checkpoint(checkpoint, repr(recipe))
    state: dict[str, Any] = {"epoch": 0, "best": -math.inf, "best_epoch": 0, "weights": network.state_dict(), "seconds": 0.0, **saved.load()}
    if state["epoch"]:
        network.load_state_dict(state["network"])
        epochs.restore(state["optimizer"])
        say(f"continues after epoch {state['epoch']} from {checkpoint}")
    while state["epoch"] < config.training.max_epochs and state["epoch"] - state["best_epoch"] < config.training.patience:
        started = time.process_time()
        number = state["epoch"] + 1
        loss = epochs.run(number)
        score = ndcg(transformer_scorer(network, config.encoder), asked)
        state |= {"epoch": number, "seconds": state["seconds"] + time.process_time() - started,
                  "network": network.state_dict(), "optimizer": epochs.saved()}
        if score > state["best"]:
            state |= {"best": score, "best_epoch": number, "weights": {key: value.clone() for key, value in network.state_dict().items()}}
        say(f"seed {config.seed} epoch {number}: loss {loss:.4f}, validation ndcg@10 {score:.4f} (best {state['best']:.4f}), "
            f"{state['seconds']:.0f} CPU s")
        saved.save(state)
    network.load_state_dict(state["weights"])
    network.eval()
    return Trained(network, state["best_epoch"], state["epoch"], state["best"], state["seconds"])


def continue_on(network: Network, split: Split, config: BenchmarkConfig, best_epoch: int, say: Callable[[str], None]) -> None:
    """Trains on, with validation events too, for ``refit_epochs`` at the learning rate of the best epoch."""
    rate = config.training.learning_rate * Epochs.decay(best_epoch, config.training.max_epochs)
    flat = dataclasses.replace(config.training, learning_rate=rate, max_epochs=10**6)
    epochs = Epochs(network, split.known, dataclasses.replace(config, training=flat, seed=config.seed + 1000))
    for number in range(1, config.refit_epochs + 1):
        say(f"refit epoch {number}: loss {epochs.run(number):.4f}")


def fit_share(network: Network, config: BenchmarkConfig, cases: Cases) -> dict[str, float]:
    """Sets the neighbours' share, for visits that go on and that start, to the best NDCG@10 on validation questions."""
    asked = sample(cases, config.validation_cases, config.seed)
    gains: list[np.ndarray] = []
    starts: list[np.ndarray] = []
    for first in range(0, len(asked), _CHUNK):
        stop = min(first + _CHUNK, len(asked))
        parts = blend_parts(network, config.encoder, asked, first, stop)
        likely, neighbours, wanted = parts.log_probabilities.exp(), parts.neighbours, torch.from_numpy(asked.wanted[first:stop])
        mixed = (masked((1 - share) * likely + share * neighbours, asked, first, stop) for share in SHARES)
        gains.append(np.stack([ndcg_of(target_ranks(scores, wanted)).numpy() for scores in mixed], axis=1))
        starts.append(parts.starts_visit.numpy())
    gain, start = np.concatenate(gains), np.concatenate(starts)
    whole = int(gain.mean(axis=0).argmax())
    chosen = [SHARES[int(gain[start == kind].mean(axis=0).argmax())] if (start == kind).sum() >= 200 else SHARES[whole]
              for kind in (False, True)]
    network.neighbours.shares.copy_(torch.tensor(chosen))
    return {"visitGoesOn": chosen[0], "visitStarts": chosen[1], "ndcg@10": float(gain.mean(axis=0)[whole])}


def scorers(network: Network, config: BenchmarkConfig) -> dict[str, Scorer]:
    """The network's parts and their blend by name."""
    def part(position: int) -> Scorer:
        return lambda cases, first, stop: blend_parts(network, config.encoder, cases, first, stop)[position].numpy()

    def blend(cases: Cases, first: int, stop: int) -> np.ndarray:
        return network.blend(blend_parts(network, config.encoder, cases, first, stop)).numpy()

    return {"transformer": part(0), "neighbours": part(1), "blend": blend}
