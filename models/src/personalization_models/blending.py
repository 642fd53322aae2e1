"""Fits how much the item neighbours count, on the validation weeks."""

from __future__ import annotations

import numpy as np
import torch

from .config import Config
from .data import EventLog, epoch_seconds
from .evaluation import Cases, next_basket_cases, next_event_cases, ranking_metrics
from .network import Network
from .scoring import blend_parts

SHARES = tuple(step / 20 for step in range(20))
CASES_PER_USER = 3


def fit_shares(network: Network, log: EventLog, config: Config) -> dict[str, float]:
    """Sets the share for a visit that goes on (file order and shuffled order count alike) and for one that starts."""
    since = epoch_seconds(config.data.validation_start)
    known = log.before(epoch_seconds(config.data.test_start))
    shuffled = known.shuffled(np.random.default_rng(config.seed))
    going_on = [next_event_cases(each, since, CASES_PER_USER, config.seed) for each in (known, shuffled)]
    chosen = [_best(network, config, going_on, position=0), _best(network, config, [next_basket_cases(known, since)], position=1)]
    return {"visitGoesOn": chosen[0], "visitStarts": chosen[1]}


def _best(network: Network, config: Config, tasks: list[Cases], position: int) -> float:
    prepared = [(cases, blend_parts(network, config.encoder, cases, 0, len(cases))) for cases in tasks]
    scores = []
    for share in SHARES:
        network.neighbours.shares[position] = share
        scores.append(sum(_score(network, cases, parts) for cases, parts in prepared))
    network.neighbours.shares[position] = best = SHARES[int(np.argmax(scores))]
    return best


def _score(network: Network, cases: Cases, parts: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> float:
    def scorer(asked: Cases, first: int, stop: int) -> np.ndarray:
        return network.neighbours.blend(*(part[first:stop] for part in parts)).numpy()

    return ranking_metrics(scorer, cases)["ndcg@10"]
