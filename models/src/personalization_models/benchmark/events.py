"""Events of the project itself as interactions of a benchmark."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..data.events import read_event_files
from ..data.transactions import ACTIONS, build_log, build_vocabulary
from .interactions import Interactions, subset


def read_events(paths: list[Path]) -> Interactions:
    """Event log files (JSON lines, Parquet, topic dumps), each item once a moment; cancellations are dropped."""
    transactions = read_event_files(paths)
    vocabulary = build_vocabulary(transactions, 2**40, 1)
    log = build_log(transactions, vocabulary)
    keep = log.actions != ACTIONS["cancel"]
    return Interactions(subset(log, keep), vocabulary, dict(transactions.report), np.zeros(len(log.users), np.int64), True)
