"""Decayed transition neighbours outside a network: scores with the whole table, and the choice of its decays on validation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from scipy import sparse

from ..config import NeighbourConfig
from ..data.transactions import EventLog
from ..evaluation.ranking import Cases, Scorer
from ..network.neighbours import transition_table
from .ranking import ndcg, sample

# Tried one after the other, twice; the best value of one stays while the next is tried.
GRID: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("history_decay", (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)),
    ("reach_decay", (0.7, 0.8, 0.9, 0.95, 1.0)),
    ("backward", (0.1, 0.25, 0.4, 0.7, 1.0)),
    ("repeat", (0.0, 0.25, 0.5, 1.0, 2.0)),
    ("row_power", (0.1, 0.2, 0.35, 0.5, 0.7)),
    ("column_power", (0.0, 0.15, 0.3, 0.45)),
)
TUNING_CASES = 4000  # on which settings are chosen


def neighbour_scorer(log: EventLog, item_count: int, config: NeighbourConfig) -> Scorer:
    """Scores of the untruncated table."""
    table = transition_table(log, item_count, config)

    def score(cases: Cases, first: int, stop: int) -> np.ndarray:
        scores = (history_matrix(cases, first, stop, item_count, config) @ table).toarray()
        if config.skip_newest:
            scores[np.arange(stop - first), cases.log.items[cases.ends[first:stop] - 1]] = 0
        return scores

    return score


def history_matrix(cases: Cases, first: int, stop: int, item_count: int, config: NeighbourConfig) -> sparse.csr_matrix:
    """How much each item of the newest history counts [n, N + 1]."""
    back = np.arange(1, config.history + 1)
    index = cases.ends[first:stop, None] - back
    valid = index >= cases.starts[first:stop, None]
    rows = np.broadcast_to(np.arange(stop - first)[:, None], index.shape)[valid]
    weights = np.broadcast_to(config.history_decay ** (back - 1.0), index.shape)[valid].astype(np.float32)
    return sparse.csr_matrix((weights, (rows, cases.log.items[index[valid]])), shape=(stop - first, item_count + 1))


def tune(log: EventLog, cases: Cases, item_count: int, config: NeighbourConfig, seed: int,
         say: Callable[[str], None]) -> NeighbourConfig:
    """Chooses decays and powers by NDCG@10 on validation questions, coordinate by coordinate."""
    asked = sample(cases, TUNING_CASES, seed)
    best, best_score = config, _ndcg(log, asked, item_count, config)
    tried = {config}
    repeats = bool((np.diff(asked.excluded_offsets) < asked.ends - asked.starts).any())  # may seen items be asked for?
    for _ in range(2):
        for name, values in GRID:
            if name == "repeat" and not repeats:
                continue
            for value in values:
                candidate = dataclasses.replace(best, **{name: value})
                if candidate in tried:
                    continue
                tried.add(candidate)
                score = _ndcg(log, asked, item_count, candidate)
                if score > best_score:
                    best, best_score = candidate, score
    say(f"neighbours: validation ndcg@10 {best_score:.4f} with {best} after {len(tried)} tries")
    return best


def _ndcg(log: EventLog, cases: Cases, item_count: int, config: NeighbourConfig) -> float:
    return ndcg(neighbour_scorer(log, item_count, config), cases)
