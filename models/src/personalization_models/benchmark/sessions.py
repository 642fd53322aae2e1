"""Session neighbours: VMIS-kNN (Kersbergen et al., SIGMOD 2022), the method behind bol.com's Serenade."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..data.transactions import EventLog
from ..evaluation.ranking import Cases


@dataclass
class SessionNeighbours:
    """Scores items of the ``neighbours`` most similar among the ``recent`` newest sessions that share an item.

    Defaults are Serenade's published settings: 500 sessions, 50 neighbours, the last 2 items, idf weighting 1. As there, the newest
    item is no answer.
    """

    log: EventLog
    item_count: int
    recent: int = 500
    neighbours: int = 50
    history: int = 2
    idf_weight: float = 1.0
    _sessions: list[np.ndarray] = field(init=False)
    _by_item: list[np.ndarray] = field(init=False)
    _idf: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        log = self.log
        filled = np.flatnonzero(np.diff(log.offsets) > 0)
        newest = log.times[log.offsets[filled + 1] - 1]
        order = filled[np.argsort(newest, kind="stable")]  # a higher number is a newer session
        self._sessions = [log.items[log.offsets[user]:log.offsets[user + 1]] for user in order]
        number = np.repeat(np.arange(len(order)), [len(items) for items in self._sessions])
        items = np.concatenate(self._sessions)
        pairs = np.unique(np.column_stack([items, number]), axis=0)
        edges = np.searchsorted(pairs[:, 0], np.arange(self.item_count + 2))
        self._by_item = [pairs[first:last, 1][-self.recent:] for first, last in zip(edges[:-1], edges[1:])]
        self._idf = 1 + self.idf_weight * np.log(len(order) / np.maximum(np.diff(edges), 1))

    def score(self, cases: Cases, first: int, stop: int) -> np.ndarray:
        """Scores [n, N + 1] of the cases [first, stop)."""
        return np.stack([self._one(cases.history(case)) for case in range(first, stop)])

    def _one(self, history: np.ndarray) -> np.ndarray:
        scores = np.zeros(self.item_count + 1, np.float32)
        similar: dict[int, float] = {}
        matched: dict[int, int] = {}
        newest = list(dict.fromkeys(reversed(history.tolist())))[:self.history]
        for age, item in enumerate(newest):
            weight = 1 - age / len(newest)
            for session in self._by_item[item].tolist():
                similar[session] = similar.get(session, 0.0) + weight
                matched.setdefault(session, age + 1)
        best = sorted(similar, key=lambda session: (-similar[session], -session))[:self.neighbours]
        for session in best:
            gain = similar[session] * max(0.0, 1 - 0.1 * matched[session])
            items = np.unique(self._sessions[session])
            scores[items] += gain * self._idf[items]
        scores[history[-1]] = 0
        return scores
