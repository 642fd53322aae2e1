"""The simple methods that stand beside every model. All may use what was known before the test (training and validation)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from ..config import NeighbourConfig
from ..data.transactions import EventLog
from ..evaluation.ranking import Cases, Scorer
from .knn import TUNING_CASES, history_matrix, neighbour_scorer
from .protocols import Split
from .ranking import ndcg, sample
from .sessions import SessionNeighbours

Settings = dict[str, float]
Grid = dict[str, tuple[float, ...]]

RECENT_SHARE = 0.1
# Usual values, and what is tried instead: one setting after the other, the best of one staying while the next is tried.
ITEM_KNN = {"history": 50, "shrinkage": 10.0}
ITEM_KNN_GRID: Grid = {"history": (1, 5, 10, 50), "shrinkage": (0.0, 10.0, 50.0)}
VMIS_KNN = {"history": 2, "neighbours": 50, "recent": 500}  # as published
VMIS_KNN_GRID: Grid = {"history": (1, 2, 3, 5, 10), "neighbours": (50, 100, 500), "recent": (500, 2000)}


def baselines(parted: Split, item_count: int, neighbours: NeighbourConfig, timed: bool) -> dict[str, Scorer]:
    """All baselines by name; the decayed transition neighbours and VMIS-kNN also as fitted before validation."""
    log = parted.known
    popular = np.bincount(log.items, minlength=item_count + 1).astype(np.float32)
    return {
        "popularity": constant(popular),
        "recent popularity": constant(recent_popularity(log, item_count, timed)),
        "last-item transition": last_item_transition(log, item_count, popular),
        "item-kNN": item_knn(log, item_count),
        "VMIS-kNN": vmis_knn(log, item_count),
        "VMIS-kNN, before validation": vmis_knn(parted.train, item_count),
        "decayed transitions": neighbour_scorer(parted.train, item_count, neighbours),
        "decayed transitions, refitted": neighbour_scorer(log, item_count, neighbours),
    }


def tuned_baselines(parted: Split, item_count: int, seed: int, say: Callable[[str], None]) -> dict[str, Scorer]:
    """The two kNN baselines with the settings that have the best NDCG@10 on the validation questions on which the decays of our table are chosen."""
    asked, made = sample(parted.validation, TUNING_CASES, seed), {}
    for name, build, settings, grid in (("item-kNN", item_knn, ITEM_KNN, ITEM_KNN_GRID), ("VMIS-kNN", vmis_knn, VMIS_KNN, VMIS_KNN_GRID)):
        chosen = tuned(lambda settings: ndcg(build(parted.train, item_count, **settings), asked), settings, grid)
        say(f"{name}: {chosen} is best on validation")
        made[f"{name}, tuned"] = build(parted.known, item_count, **chosen)
    return made


def tuned(judge: Callable[[Settings], float], settings: Settings, grid: Grid) -> Settings:
    """The settings that ``judge`` likes best, changed one after the other."""
    best = judge(settings)
    for name, values in grid.items():
        for value in values:
            if value != settings[name]:
                score = judge({**settings, name: value})
                if score > best:
                    best, settings = score, {**settings, name: value}
    return settings


def vmis_knn(log: EventLog, item_count: int, history: int = 2, neighbours: int = 50, recent: int = 500) -> Scorer:
    """VMIS-kNN, by default as published."""
    return SessionNeighbours(log, item_count, recent=recent, neighbours=neighbours, history=history).score


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


def item_knn(log: EventLog, item_count: int, history: int = 50, shrinkage: float = 10.0) -> Scorer:
    """Cosine similarity of items by their users, shrunk, summed over the history."""
    owner = np.repeat(np.arange(len(log.users)), np.diff(log.offsets))
    seen = sparse.csr_matrix((np.ones(len(owner), np.float32), (owner, log.items)), shape=(len(log.users), item_count + 1))
    seen.data[:] = 1
    together = (seen.T @ seen).tocsr()
    count = together.diagonal()
    together = (together - sparse.diags(count)).tocoo()
    similarity = together.data / (np.sqrt(count[together.row] * count[together.col]) + shrinkage)
    table = sparse.csr_matrix((similarity.astype(np.float32), (together.row, together.col)), shape=together.shape)

    def score(cases: Cases, first: int, stop: int) -> np.ndarray:
        flat = NeighbourConfig(history=history, history_decay=1.0)
        return (history_matrix(cases, first, stop, item_count, flat) @ table).toarray()

    return score
