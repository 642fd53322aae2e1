"""What a reader gives: a log with its items' names, and parts of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.transactions import EventLog


@dataclass(frozen=True)
class Interactions:
    """A log, its items' names in index order, what was dropped, and for parted data the part [users] (0 train, 1, 2)."""

    log: EventLog
    vocabulary: list[str]
    report: dict[str, int]
    parts: npt.NDArray[np.int64]
    timed: bool


def subset(log: EventLog, keep: npt.NDArray[np.bool_]) -> EventLog:
    """The events for which ``keep`` is true; users stay, possibly empty."""
    before = np.concatenate([[0], np.cumsum(keep)]).astype(np.int64)
    return EventLog(log.users, before[log.offsets], log.items[keep], log.actions[keep], log.times[keep], log.baskets[keep])
