"""Fits how much the item neighbours and the shopper's own items count, on the validation weeks."""

from __future__ import annotations

import numpy as np

from ..config import Config
from ..data.transactions import EventLog, epoch_seconds
from ..evaluation.ranking import Cases, next_basket_cases, next_event_cases, ranking_metrics
from ..evaluation.scoring import blend_parts
from ..network.network import Network, Parts

SHARES = tuple(step / 20 for step in range(20))
CASES_PER_USER = 3
_ROUNDS = 2
_KINDS = ("visitGoesOn", "visitStarts")


def fit_shares(network: Network, log: EventLog, config: Config) -> dict[str, dict[str, float]]:
    """Sets the shares for a visit that goes on (file order and shuffled order count alike) and for one that starts."""
    since = epoch_seconds(config.data.validation_start)
    known = log.before(epoch_seconds(config.data.test_start))
    shuffled = known.shuffled(np.random.default_rng(config.seed))
    going_on = [next_event_cases(each, since, CASES_PER_USER, config.seed) for each in (known, shuffled)]
    for position, tasks in enumerate((going_on, [next_basket_cases(known, since)])):
        _fit(network, config, tasks, position)
    return shares_of(network)


def shares_of(network: Network) -> dict[str, dict[str, float]]:
    """The shares of the blend's parts beside the Transformer, for visits that go on and that start."""
    parts = {"neighbours": network.neighbours.shares, "own": network.own.shares}
    return {kind: {name: round(float(shares[at]), 2) for name, shares in parts.items()} for at, kind in enumerate(_KINDS)}


def _fit(network: Network, config: Config, tasks: list[Cases], position: int) -> None:
    """One share after the other, twice; what is best of one stays while the other is tried."""
    prepared = [(cases, blend_parts(network, config.encoder, cases, 0, len(cases))) for cases in tasks]
    both = (network.neighbours.shares, network.own.shares)
    for tried, other in (both, both[::-1]) * _ROUNDS:
        scores = []
        for share in (each for each in SHARES if each + float(other[position]) < 1):
            tried[position] = share
            scores.append(sum(_score(network, cases, parts) for cases, parts in prepared))
        tried[position] = SHARES[int(np.argmax(scores))]


def _score(network: Network, cases: Cases, parts: Parts) -> float:
    def scorer(asked: Cases, first: int, stop: int) -> np.ndarray:
        return network.blend(Parts(*(part[first:stop] for part in parts))).numpy()

    return ranking_metrics(scorer, cases)["ndcg@10"]
