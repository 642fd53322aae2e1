"""Next-item evaluation: what is asked, and full-ranking metrics (no sampled negatives)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.sequences import BoolArray
from ..data.transactions import ACTIONS, EventLog, IntArray
from ..network.repeats import SESSION_SECONDS

FloatArray = npt.NDArray[np.float64]
CUT = 10
METRICS = (f"hr@{CUT}", f"ndcg@{CUT}", f"mrr@{CUT}", f"recall@{CUT}")
_CHUNK = 512


@dataclass(frozen=True)
class Cases:
    """Questions to a recommender: history ``[start, end)`` of the log, the wanted items, items that must not be ranked.

    ``wanted`` and ``excluded`` are flat item indices with offsets, one range a case.
    """

    log: EventLog
    starts: IntArray
    ends: IntArray
    times: IntArray
    wanted: IntArray
    wanted_offsets: IntArray
    excluded: IntArray
    excluded_offsets: IntArray

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def users(self) -> int:
        """How many are asked about."""
        return len(np.unique(self.starts))

    def history(self, case: int) -> IntArray:
        """All item indices before the case, oldest first."""
        return self.log.items[self.starts[case]:self.ends[case]]

    def select(self, keep: BoolArray) -> Cases:
        """The cases for which ``keep`` is true."""
        wanted, wanted_offsets = _ranges(self.wanted, self.wanted_offsets, keep)
        excluded, excluded_offsets = _ranges(self.excluded, self.excluded_offsets, keep)
        return Cases(self.log, self.starts[keep], self.ends[keep], self.times[keep],
                     wanted, wanted_offsets, excluded, excluded_offsets)


# Scores [n, N + 1] of the cases [first, stop); higher is better, column 0 is ignored.
Scorer = Callable[[Cases, int, int], np.ndarray]


def next_event_cases(log: EventLog, since: int, per_user: int, seed: int, among: BoolArray | None = None, purchases: bool = True,
                     recent_seconds: int = 0) -> Cases:
    """The next purchase event, at up to ``per_user`` random purchases a user since ``since`` that have an event before them.

    Items already in the same invoice are excluded: they are in the basket. ``among`` narrows the events that may be asked for; without
    ``purchases`` they may be of any action. Silos do not show what the shopper acted on within the last ``recent_seconds``: such items are
    excluded too, and a purchase is asked for before the first of the events that led to it, each less than so long after the one before.
    """
    rng = np.random.default_rng(seed)
    starts = log.owner_starts()
    asked = np.ones(len(starts), np.bool_) if among is None else among
    if purchases:
        asked = asked & (log.actions == ACTIONS["purchase"])
    at = np.flatnonzero(asked)
    if recent_seconds > 0:
        at = np.unique(_first_touches(log, recent_seconds)[at])
    eligible = at[(log.times[at] >= since) & (at > starts[at])]
    order = eligible[np.lexsort((rng.random(len(eligible)), starts[eligible]))]
    owners = starts[order]
    rank = np.arange(len(order)) - np.searchsorted(owners, owners, side="left")
    chosen = np.sort(order[rank < per_user])
    recent = np.minimum(np.searchsorted(log.baskets, log.baskets[chosen], side="left"), _recent_starts(log, starts[chosen], chosen, recent_seconds))
    excluded = [log.items[first:at] for first, at in zip(recent, chosen)]
    return Cases(log, starts[chosen], chosen, log.times[chosen], log.items[chosen], np.arange(len(chosen) + 1), *_flat(excluded))


def next_basket_cases(log: EventLog, since: int, recent_seconds: int = 0) -> Cases:
    """What each user bought in the first purchase invoice since ``since``, for users with an event before it.

    With ``recent_seconds`` it is asked for before the visit that it ends, and without the items that silos do not show then, as the
    shopper acted on them so short a time before.
    """
    starts, ends, wanted, excluded = [], [], [], []
    for begin, stop in zip(log.offsets[:-1], log.offsets[1:]):
        at = int(begin) + int(np.searchsorted(log.times[begin:stop], since))
        while at < stop and log.actions[at] != ACTIONS["purchase"]:
            at += 1
        if at >= stop:
            continue
        basket = slice(at, at + int(np.searchsorted(log.baskets[at:stop], log.baskets[at], side="right")))
        items, first = log.items[basket][log.actions[basket] == ACTIONS["purchase"]], at
        while recent_seconds > 0 and first > begin and log.times[first] - log.times[first - 1] < SESSION_SECONDS:
            first -= 1
        hidden = log.items[_recent_starts(log, [begin], [first], recent_seconds)[0]:first]
        items = items[~np.isin(items, hidden)]
        if first > begin and log.times[first] >= since and len(items):
            for each, value in zip((starts, ends, wanted, excluded), (int(begin), first, items, hidden)):
                each.append(value)
    asked = np.asarray(ends, np.int64)
    return Cases(log, np.asarray(starts, np.int64), asked, log.times[asked], *_flat(wanted), *_flat(excluded))


def ranking_metrics(scorer: Scorer, cases: Cases) -> dict[str, float]:
    """HR@10 (any wanted item in the first ten), NDCG@10 (binary), MRR@10 (first hit), Recall@10; means over cases."""
    return dict(zip(METRICS, (float(value) for value in case_metrics(scorer, cases).sum(axis=0) / max(len(cases), 1))))


def case_metrics(scorer: Scorer, cases: Cases) -> FloatArray:
    """The ``METRICS`` of each case [n, 4]."""
    values = np.zeros((len(cases), len(METRICS)))
    for top, first in _top_lists(scorer, cases):
        for row, listed in enumerate(top):
            case = first + row
            wanted = cases.wanted[cases.wanted_offsets[case]:cases.wanted_offsets[case + 1]]
            hits = np.flatnonzero(np.isin(listed, wanted))
            if len(hits):
                ideal = (1 / np.log2(np.arange(2, 2 + min(CUT, len(wanted))))).sum()
                values[case] = 1.0, (1 / np.log2(hits + 2)).sum() / ideal, 1 / (hits[0] + 1), len(hits) / len(wanted)
    return values


def ranking_summary(scorer: Scorer, cases: Cases, seed: int) -> dict[str, float]:
    """:func:`ranking_metrics` with 95 % intervals over users of HR and NDCG as ``hr@10 low``, ``hr@10 high`` and so on."""
    if not len(cases):
        return ranking_metrics(scorer, cases)
    values = case_metrics(scorer, cases)
    summary = dict(zip(METRICS, (float(value) for value in values.mean(axis=0))))
    for at, name in enumerate(METRICS[:2]):
        summary[f"{name} low"], summary[f"{name} high"] = user_interval(values[:, at], cases, seed)
    return summary


def user_interval(values: FloatArray, cases: Cases, seed: int, resamples: int = 1000) -> tuple[float, float]:
    """Percentile bootstrap interval (95 %) of the mean of one value a case, over users: the questions of one user are not independent."""
    _, user = np.unique(cases.starts, return_inverse=True)
    sums, sizes = np.bincount(user, values), np.bincount(user)
    rng = np.random.default_rng(seed)
    drawn = (rng.integers(0, len(sums), len(sums)) for _ in range(resamples))
    means = [sums[users].sum() / sizes[users].sum() for users in drawn]
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def _top_lists(scorer: Scorer, cases: Cases) -> Iterator[tuple[IntArray, int]]:
    for first in range(0, len(cases), _CHUNK):
        stop = min(first + _CHUNK, len(cases))
        scores = np.array(scorer(cases, first, stop), dtype=np.float64)
        scores[:, 0] = -np.inf
        for row, case in enumerate(range(first, stop)):
            scores[row, cases.excluded[cases.excluded_offsets[case]:cases.excluded_offsets[case + 1]]] = -np.inf
        top = np.argpartition(-scores, min(CUT, scores.shape[1] - 1), axis=1)[:, :CUT]
        top.sort(axis=1)  # equal scores: the lower index first
        order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable")
        yield np.take_along_axis(top, order, axis=1), first


def _first_touches(log: EventLog, recent_seconds: int) -> IntArray:
    """For each event the first of the user's events of its item that led to it, each less than ``recent_seconds`` after the one before."""
    owner, position = log.owner_starts(), np.arange(len(log.items))
    order = np.lexsort((position, log.items, owner))
    goes_on = (np.diff(owner[order]) == 0) & (np.diff(log.items[order]) == 0) & (np.diff(log.times[order]) < recent_seconds)
    first = np.empty_like(order)
    first[order] = order[np.maximum.accumulate(np.where(np.concatenate([[False], goes_on]), 0, position))]
    return first


def _recent_starts(log: EventLog, starts: Iterable[int], ends: Iterable[int], recent_seconds: int) -> IntArray:
    """Where the events begin that are less than ``recent_seconds`` before each event ``end`` of a user whose events begin at ``start``."""
    return np.array([first + np.searchsorted(log.times[first:at], log.times[at] - recent_seconds, side="right") for first, at in zip(starts, ends)], np.int64)


def _flat(parts: list[IntArray]) -> tuple[IntArray, IntArray]:
    return np.concatenate([*parts, np.zeros(0, np.int64)]), np.concatenate([[0], np.cumsum([len(part) for part in parts], dtype=np.int64)])


def _ranges(values: IntArray, offsets: IntArray, keep: BoolArray) -> tuple[IntArray, IntArray]:
    sizes = np.diff(offsets)
    return values[np.repeat(keep, sizes)], np.concatenate([[0], np.cumsum(sizes[keep])])
