"""The simple methods that stand beside every model. All may use what was known before the test (training and validation)."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ..config import NeighbourConfig
from ..data.transactions import EventLog
from ..evaluation.ranking import Cases, Scorer
from .knn import history_matrix, neighbour_scorer
from .protocols import Split
from .sessions import SessionNeighbours

RECENT_SHARE = 0.1
ITEM_KNN_HISTORY = 50
_SHRINKAGE = 10.0


def baselines(parted: Split, item_count: int, neighbours: NeighbourConfig, timed: bool) -> dict[str, Scorer]:
    """All baselines by name; the decayed transition neighbours also as fitted before validation."""
    log = parted.known
    popular = np.bincount(log.items, minlength=item_count + 1).astype(np.float32)
    sessions = SessionNeighbours(log, item_count)
    return {
        "popularity": constant(popular),
        "recent popularity": constant(recent_popularity(log, item_count, timed)),
        "last-item transition": last_item_transition(log, item_count, popular),
        "item-kNN": item_knn(log, item_count),
        "VMIS-kNN": sessions.score,
        "decayed transitions": neighbour_scorer(parted.train, item_count, neighbours),
        "decayed transitions, refitted": neighbour_scorer(log, item_count, neighbours),
    }


def constant(scores: np.ndarray) -> Scorer:
    """The same scores for every case."""
    return lambda cases, first, stop: np.tile(scores, (stop - first, 1))


def recent_popularity(log: EventLog, item_count: int, timed: bool) -> np.ndarray:
    """Counts of the newest tenth of all events; without times, of each user's newest event."""
    if timed:
        recent = log.times >= np.quantile(log.times, 1 - RECENT_SHARE)
    else:
        recent = np.zeros(len(log.items), np.bool_)
        recent[log.offsets[1:][np.diff(log.offsets) > 0] - 1] = True
    return np.bincount(log.items[recent], minlength=item_count + 1).astype(np.float32)


def last_item_transition(log: EventLog, item_count: int, popular: np.ndarray) -> Scorer:
    """How often an item came right after the newest one; popularity decides among the rest."""
    follows = np.diff(log.owner_starts()) == 0
    pairs = (log.items[:-1][follows], log.items[1:][follows])
    counts = sparse.csr_matrix((np.ones(len(pairs[0]), np.float32), pairs), shape=(item_count + 1, item_count + 1))
    back_off = 1e-3 * popular / popular.max()
    return lambda cases, first, stop: counts[cases.log.items[cases.ends[first:stop] - 1]].toarray() + back_off


def item_knn(log: EventLog, item_count: int) -> Scorer:
    """Cosine similarity of items by their users, shrunk, summed over the history."""
    owner = np.repeat(np.arange(len(log.users)), np.diff(log.offsets))
    seen = sparse.csr_matrix((np.ones(len(owner), np.float32), (owner, log.items)), shape=(len(log.users), item_count + 1))
    seen.data[:] = 1
    together = (seen.T @ seen).tocsr()
    count = together.diagonal()
    together = (together - sparse.diags(count)).tocoo()
    similarity = together.data / (np.sqrt(count[together.row] * count[together.col]) + _SHRINKAGE)
    table = sparse.csr_matrix((similarity.astype(np.float32), (together.row, together.col)), shape=together.shape)

    def score(cases: Cases, first: int, stop: int) -> np.ndarray:
        flat = NeighbourConfig(history=ITEM_KNN_HISTORY, history_decay=1.0)
        return (history_matrix(cases, first, stop, item_count, flat) @ table).toarray()

    return score
