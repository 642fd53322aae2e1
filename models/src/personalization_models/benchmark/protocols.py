"""What is trained on and what is asked: leave-one-out, session prefixes, new items only, time split.

Nobody's own future is trained on. What others did later is, by leave-one-out and new items, as in the published tables: they part users, not time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data.transactions import EventLog, IntArray
from ..errors import ModelsError
from ..evaluation.ranking import Cases, next_event_cases
from .interactions import Interactions, subset
from .settings import BenchmarkData

CASES_PER_USER = 5


@dataclass(frozen=True)
class Split:
    """Training events, validation questions, events before the test (training and validation), test questions."""

    train: EventLog
    validation: Cases
    known: EventLog
    test: Cases


def split(interactions: Interactions, data: BenchmarkData, seed: int) -> Split:
    """Applies the configured protocol; ``seed`` draws nothing but the questions of a time split."""
    log = interactions.log
    if data.shuffle_ties:
        if not interactions.timed:
            raise ModelsError("shuffle_ties needs data with times.")
        log = log.shuffled(np.random.default_rng(data.shuffle_seed))
    if data.protocol == "new-items":
        log = first_purchases(log)
    if not data.use_times and data.protocol != "time-split":
        log = dataclasses.replace(log, times=np.zeros_like(log.times))
    if data.protocol == "session-prefixes":
        return session_prefixes(log, interactions.parts)
    if data.protocol == "time-split":
        return time_split(log, data, seed)
    return leave_one_out(log, data.exclude_seen or data.protocol == "new-items", data.min_distinct)


def leave_one_out(log: EventLog, exclude_seen: bool, min_events: int) -> Split:
    """Each user's last event is the test, the one before it the validation; shorter users only train."""
    sizes = np.diff(log.offsets)
    asked = np.flatnonzero(sizes >= max(min_events, 3))
    starts, stops = log.offsets[asked], log.offsets[asked + 1]
    position = np.arange(len(log.items)) - log.owner_starts()
    from_end = np.repeat(sizes, sizes) - position
    is_asked = np.repeat(np.isin(np.arange(len(sizes)), asked), sizes)
    known = subset(log, ~is_asked | (from_end > 1))
    train = subset(log, ~is_asked | (from_end > 2))
    return Split(train, cases_at(log, starts, stops - 2, exclude_seen), known, cases_at(log, starts, stops - 1, exclude_seen))


def session_prefixes(log: EventLog, parts: IntArray) -> Split:
    """Every prefix of the validation and test sessions; nothing is excluded from the answer."""
    owner = np.repeat(parts, np.diff(log.offsets))
    starts = log.owner_starts()
    later = np.arange(len(starts)) > starts
    asked = [np.flatnonzero((owner == part) & later) for part in (1, 2)]
    validation, test = (cases_at(log, starts[at], at, False) for at in asked)
    return Split(subset(log, owner == 0), validation, subset(log, owner <= 1), test)


def time_split(log: EventLog, data: BenchmarkData, seed: int) -> Split:
    """The newest events are the test, those before them the validation, up to five random ones a user."""
    test_start, validation_start = (int(np.quantile(log.times, 1 - share)) for share in (
        data.test_share, data.test_share + data.validation_share))
    known = log.before(test_start)
    validation, test = (next_event_cases(events, since, CASES_PER_USER, seed, purchases=data.asks == "purchases")
                        for events, since in ((known, validation_start), (log, test_start)))
    return Split(log.before(validation_start), validation, known, test)


def first_purchases(log: EventLog) -> EventLog:
    """Each user's first event of each item, in order."""
    owner = np.repeat(np.arange(len(log.users)), np.diff(log.offsets))
    _, first = np.unique(owner * (int(log.items.max()) + 1) + log.items, return_index=True)
    keep = np.zeros(len(log.items), np.bool_)
    keep[first] = True
    return subset(log, keep)


def cases_at(log: EventLog, starts: IntArray, ends: IntArray, exclude_seen: bool) -> Cases:
    """Questions whose answer is the one event at ``ends``, after the history ``[start, end)``."""
    seen: Sequence[IntArray] = [log.items[first:last] for first, last in zip(starts, ends)] if exclude_seen else []
    sizes = ends - starts if exclude_seen else np.zeros(len(ends), np.int64)
    return Cases(log, starts, ends, log.times[ends], log.items[ends], np.arange(len(ends) + 1),
                 np.concatenate([*seen, np.zeros(0, np.int64)]), np.concatenate([[0], np.cumsum(sizes)]))
