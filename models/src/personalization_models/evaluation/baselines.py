"""Next-item baselines. Counts come from events before the cut; recent popularity rolls on day by day."""

from __future__ import annotations

import numpy as np

from ..data.transactions import ACTIONS, EventLog
from .ranking import Cases, Scorer

DAY_SECONDS = 86_400
COOCCURRENCE_HISTORY = 10
_BACK_OFF = 1e-6  # popularity decides among items that the method itself cannot tell apart


def next_item_baselines(log: EventLog, cut: int, item_count: int) -> dict[str, Scorer]:
    """All baselines by the name under which the package reports them."""
    past = log.before(cut)
    bought = past.actions == ACTIONS["purchase"]
    popular = np.bincount(past.items[bought], minlength=item_count + 1).astype(np.float64)
    back_off = _BACK_OFF * popular / popular.max()
    return {
        "popularity": lambda cases, first, stop: np.tile(popular, (stop - first, 1)),
        "recentPopularity": _recent(log, item_count, 28, back_off),
        "recentPopularity7": _recent(log, item_count, 7, back_off),
        "lastItemTransition": _transition(past, item_count, back_off),
        "cooccurrence": _cooccurrence(past, item_count, back_off),
        "ownFrequency": _own_frequency(item_count, popular / popular.max()),
    }


def _recent(log: EventLog, item_count: int, days: int, back_off: np.ndarray) -> Scorer:
    bought = log.actions == ACTIONS["purchase"]
    day = log.times[bought] // DAY_SECONDS
    origin = int(day.min())
    counts = np.zeros((int(day.max()) - origin + 2, item_count + 1))
    np.add.at(counts, (day - origin + 1, log.items[bought]), 1.0)
    until = counts.cumsum(axis=0)  # row r: purchases on days before origin + r

    def score(cases: Cases, first: int, stop: int) -> np.ndarray:
        row = np.clip(cases.times[first:stop] // DAY_SECONDS - origin, 0, len(until) - 1)
        return until[row] - until[np.maximum(row - days, 0)] + back_off

    return score


def _transition(past: EventLog, item_count: int, back_off: np.ndarray) -> Scorer:
    follows = np.diff(past.owner_starts()) == 0
    follows &= past.actions[1:] == ACTIONS["purchase"]
    counts = np.zeros((item_count + 1, item_count + 1), np.float32)
    np.add.at(counts, (past.items[:-1][follows], past.items[1:][follows]), 1.0)

    def score(cases: Cases, first: int, stop: int) -> np.ndarray:
        return counts[cases.log.items[cases.ends[first:stop] - 1]] + back_off

    return score


def _cooccurrence(past: EventLog, item_count: int, back_off: np.ndarray) -> Scorer:
    bought = past.actions == ACTIONS["purchase"]
    _, basket = np.unique(past.baskets[bought], return_inverse=True)
    order = np.argsort(basket, kind="stable")
    items, edges = past.items[bought][order], np.searchsorted(basket[order], np.arange(basket.max() + 2))
    together = np.zeros((item_count + 1, item_count + 1), np.float32)
    for first, stop in zip(edges[:-1], edges[1:]):
        together[np.ix_(items[first:stop], items[first:stop])] += 1
    norm = np.sqrt(np.maximum(together.diagonal(), 1))
    together /= norm[:, None] * norm[None, :]
    np.fill_diagonal(together, 0)

    def score(cases: Cases, first: int, stop: int) -> np.ndarray:
        rows = [together[cases.history(case)[-COOCCURRENCE_HISTORY:]].sum(axis=0) for case in range(first, stop)]
        return np.stack(rows) + back_off

    return score


def _own_frequency(item_count: int, popular: np.ndarray) -> Scorer:
    def score(cases: Cases, first: int, stop: int) -> np.ndarray:
        rows = [np.bincount(cases.history(case), minlength=item_count + 1) for case in range(first, stop)]
        return np.stack(rows) + popular * 0.5

    return score
