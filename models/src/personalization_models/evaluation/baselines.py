"""Next-item baselines. Counts come from events before the cut; recent popularity rolls on day by day."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ..data.transactions import ACTIONS, DAY_SECONDS, EventLog
from .ranking import Cases, Scorer

COOCCURRENCE_HISTORY = 10
RECENT_DAYS = {"recentPopularity": 28, "recentPopularity7": 7}
POPULARITY_BASELINES = ("popularity", *RECENT_DAYS)
_BACK_OFF = 1e-6  # popularity decides among items that the method itself cannot tell apart


def next_item_baselines(log: EventLog, cut: int, item_count: int) -> dict[str, Scorer]:
    """All baselines by the name under which the package reports them, for cases from the cut on."""
    past, popular = log.before(cut), _popular(log, cut, item_count)
    back_off = _BACK_OFF * popular / popular.max()
    return {
        **popularity_baselines(log, cut, item_count),
        "lastItemTransition": _transition(past, item_count, back_off),
        "cooccurrence": _cooccurrence(past, item_count, back_off),
        "ownFrequency": _own_frequency(item_count, popular / popular.max()),
    }


def popularity_baselines(log: EventLog, cut: int, item_count: int) -> dict[str, Scorer]:
    """The baselines that look at no history, for cases from the cut on."""
    popular = _popular(log, cut, item_count)
    back_off, longest = _BACK_OFF * popular / popular.max(), max(RECENT_DAYS.values())
    recent = (log.actions == ACTIONS["purchase"]) & (log.times // DAY_SECONDS >= cut // DAY_SECONDS - longest)
    day, origin = log.times[recent] // DAY_SECONDS, cut // DAY_SECONDS - longest
    until = np.zeros((int(day.max(initial=origin)) - origin + 2, item_count + 1), np.float32)
    np.add.at(until, (day - origin + 1, log.items[recent]), 1)
    np.cumsum(until, axis=0, out=until)  # row r: purchases on days before origin + r, as far as the longest window looks back
    return {
        "popularity": lambda cases, first, stop: np.tile(popular, (stop - first, 1)),
        **{name: _recent(until, origin, days, back_off) for name, days in RECENT_DAYS.items()},
    }


def _popular(log: EventLog, cut: int, item_count: int) -> np.ndarray:
    counted = (log.times < cut) & (log.actions == ACTIONS["purchase"])
    return np.bincount(log.items[counted], minlength=item_count + 1).astype(np.float64)


def _recent(until: np.ndarray, origin: int, days: int, back_off: np.ndarray) -> Scorer:

    def score(cases: Cases, first: int, stop: int) -> np.ndarray:
        row = np.clip(cases.times[first:stop] // DAY_SECONDS - origin, 0, len(until) - 1)
        return until[row] - until[np.maximum(row - days, 0)] + back_off

    return score


def _transition(past: EventLog, item_count: int, back_off: np.ndarray) -> Scorer:
    follows = np.diff(past.owner_starts()) == 0
    follows &= past.actions[1:] == ACTIONS["purchase"]
    pairs = (past.items[:-1][follows], past.items[1:][follows])
    counts = sparse.csr_matrix((np.ones(len(pairs[0]), np.float32), pairs), shape=(item_count + 1, item_count + 1))

    def score(cases: Cases, first: int, stop: int) -> np.ndarray:
        return counts[cases.log.items[cases.ends[first:stop] - 1]].toarray() + back_off

    return score


def _cooccurrence(past: EventLog, item_count: int, back_off: np.ndarray) -> Scorer:
    bought = past.actions == ACTIONS["purchase"]
    _, basket = np.unique(past.baskets[bought], return_inverse=True)
    baskets = sparse.csr_matrix((np.ones(len(basket), np.float32), (basket, past.items[bought])), shape=(basket.max(initial=0) + 1, item_count + 1))
    together = (baskets.T @ baskets).tocoo()
    norm = np.sqrt(np.maximum(together.diagonal(), 1))
    shared = np.where(together.row == together.col, 0, together.data / (norm[together.row] * norm[together.col]))
    together = sparse.csr_matrix((shared, (together.row, together.col)), shape=together.shape)

    def score(cases: Cases, first: int, stop: int) -> np.ndarray:
        rows = [together[cases.history(case)[-COOCCURRENCE_HISTORY:]].toarray().sum(axis=0) for case in range(first, stop)]
        return np.stack(rows) + back_off

    return score


def _own_frequency(item_count: int, popular: np.ndarray) -> Scorer:
    def score(cases: Cases, first: int, stop: int) -> np.ndarray:
        rows = [np.bincount(cases.history(case), minlength=item_count + 1) for case in range(first, stop)]
        return np.stack(rows) + popular * 0.5

    return score
