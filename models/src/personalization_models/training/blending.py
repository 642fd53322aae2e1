"""Fits how much the item neighbours and the shopper's own items count, on the validation weeks."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ..config import Config
from ..data.transactions import EventLog, epoch_seconds
from ..evaluation.ranking import METRICS, Cases, FloatArray, case_metrics, next_basket_cases, next_event_cases
from ..evaluation.scoring import blend_parts
from ..network.network import Network, Parts

SHARES = tuple(step / 20 for step in range(20))
CASES_PER_USER = 3
_ROUNDS = 2
_CHUNK = 512
_JUDGED = METRICS.index("ndcg@10")
_KINDS = ("visitGoesOn", "visitStarts")


def fit_shares(network: Network, log: EventLog, config: Config) -> dict[str, dict[str, float]]:
    """Sets the shares for a visit that goes on (file order and shuffled order count alike) and for one that starts."""
    since, recent = epoch_seconds(config.data.validation_start), config.data.recent_seconds
    known = log.before(epoch_seconds(config.data.test_start))
    shuffled = known.shuffled(np.random.default_rng(config.seed))
    going_on = [next_event_cases(each, since, CASES_PER_USER, config.seed, recent_seconds=recent) for each in (known, shuffled)]
    for position, tasks in enumerate((going_on, [next_basket_cases(known, since, recent)])):
        _fit(network, config, tasks, position)
    return shares_of(network)


def shares_of(network: Network) -> dict[str, dict[str, float]]:
    """The shares of the blend's parts beside the Transformer, for visits that go on and that start."""
    parts = {"neighbours": network.neighbours.shares, "own": network.own.shares}
    return {kind: {name: round(float(shares[at]), 2) for name, shares in parts.items()} for at, kind in enumerate(_KINDS)}


def _fit(network: Network, config: Config, tasks: list[Cases], position: int) -> None:
    """One share after the other, twice; what is best of one stays while the other is tried."""
    both = (network.neighbours.shares, network.own.shares)
    for tried, other in (both, both[::-1]) * _ROUNDS:
        shares = [each for each in SHARES if each + float(other[position]) < 1]
        scores = sum(_scores(network, config, cases, tried[position:position + 1], shares) for cases in tasks)
        tried[position] = shares[int(np.argmax(scores))]


def _scores(network: Network, config: Config, cases: Cases, tried: Tensor, shares: list[float]) -> FloatArray:
    """NDCG@10 with each share. The parts of some cases at a time: a row of them has three numbers an item."""
    total = np.zeros(len(shares))
    for first in range(0, len(cases), _CHUNK):
        stop = min(first + _CHUNK, len(cases))
        parts = blend_parts(network, config.encoder, cases, first, stop)
        some = cases.select((np.arange(len(cases)) >= first) & (np.arange(len(cases)) < stop))
        for at, share in enumerate(shares):
            tried.fill_(share)
            total[at] += case_metrics(lambda asked, low, high: network.blend(Parts(*(part[low:high] for part in parts))).numpy(), some)[:, _JUDGED].sum()
    return total / max(len(cases), 1)
