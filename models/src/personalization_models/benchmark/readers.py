"""Readers of public data in the forms that benchmarks use; each says what it dropped and why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data.transactions import ACTIONS, DAY_SECONDS, EventLog, build_log, build_vocabulary, read_transactions
from ..errors import ModelsError
from .events import read_events
from .interactions import Interactions, subset
from .settings import BenchmarkData


def read_interactions(data: BenchmarkData) -> Interactions:
    """Reads the configured files; raises :class:`ModelsError` that names a missing or malformed one."""
    paths = [data.folder / name for name in data.files]
    for path in paths:
        if not path.is_file():
            raise ModelsError(f"There is no data file {path}. Say where the data is with --data FOLDER.")
    if data.form == "sequences":
        return read_sequences(paths[0])
    if data.form == "serenade":
        return read_sessions(paths)
    if data.form == "online-retail":
        return read_online_retail(paths[0])
    return read_events(paths)


def read_sequences(path: Path) -> Interactions:
    """``user item item …`` a line, oldest first, optionally a tab and the seconds since the event before."""
    users, items, seconds, sizes = [], [], [], []
    timed = False
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ModelsError(f"{path} is no text: {error}") from None
    for number, line in enumerate(lines, 1):
        left, _, right = line.partition("\t")
        if not left.strip():
            continue
        user, *names = left.split()
        try:
            gaps = [int(value) for value in right.split()]
        except ValueError:
            raise ModelsError(f"{path} line {number}: gaps are whole seconds, not {right!r}.") from None
        if gaps and len(gaps) not in (len(names), len(names) - 1):
            raise ModelsError(f"{path} line {number}: {len(names)} items but {len(gaps)} gaps.")
        timed |= bool(gaps)
        users.append(user)
        items.extend(names)
        seconds.extend(np.cumsum([0] * (len(names) - len(gaps)) + gaps).tolist())
        sizes.append(len(names))
    if not items:
        raise ModelsError(f"{path} holds no sequence: a line is a user and items, oldest first.")
    log, vocabulary = _log(users, np.asarray(items), np.asarray(seconds, np.int64), np.asarray(sizes))
    return Interactions(log, vocabulary, {"users": len(users), "events": len(items), "dropped": 0},
                        np.zeros(len(users), np.int64), timed)


def read_sessions(paths: list[Path]) -> Interactions:
    """Tab-separated SessionId, ItemId, Time files: training, validation and test sessions, in this order."""
    frames = []
    for part, path in enumerate(paths):
        try:
            frame = pd.read_csv(path, sep="\t", dtype={"SessionId": str, "ItemId": str, "Time": np.float64})
        except ValueError as error:
            raise ModelsError(f"{path} cannot be read as SessionId, ItemId and Time with tabs between: {error}") from None
        if list(frame.columns) != ["SessionId", "ItemId", "Time"]:
            raise ModelsError(f"{path} must have the columns SessionId, ItemId and Time, not {list(frame.columns)}.")
        frames.append(frame.assign(part=part))
    rows = pd.concat(frames)
    rows["user"] = rows.part.astype(str) + ":" + rows.SessionId
    known = set(rows.ItemId[rows.part == 0])
    kept = rows[rows.ItemId.isin(known)].sort_values(["part", "user", "Time"], kind="stable")
    users, sizes = np.unique(kept.user.to_numpy(str), return_counts=True)
    log, vocabulary = _log(list(users), kept.ItemId.to_numpy(str), kept.Time.to_numpy(np.float64).astype(np.int64), sizes)
    report = {"sessions": len(users), "events": len(kept), "itemsNeverSeenInTraining": len(rows) - len(kept)}
    return Interactions(log, vocabulary, report, np.array([int(user[0]) for user in users]), True)


def read_online_retail(path: Path) -> Interactions:
    """Purchases of products by customers (UCI Online Retail), each item once an invoice; cancellations are dropped."""
    transactions = read_transactions(path)
    vocabulary = build_vocabulary(transactions, 2**40, 1)
    log = build_log(transactions, vocabulary)
    keep = log.actions == ACTIONS["purchase"]
    log = subset(log, keep)
    return Interactions(log, vocabulary, {**transactions.report, "cancellationsDropped": int((~keep).sum())},
                        np.zeros(len(log.users), np.int64), True)


def _log(users: list[str], names: npt.NDArray[np.str_], times: npt.NDArray[np.int64],
         sizes: npt.NDArray[np.int64]) -> tuple[EventLog, list[str]]:
    vocabulary, items = np.unique(names, return_inverse=True)
    owner = np.repeat(np.arange(len(users)), sizes)
    days = times // DAY_SECONDS
    changed = np.concatenate([[True], (np.diff(owner) != 0) | (np.diff(days) != 0)])
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    log = EventLog(tuple(users), offsets, items.astype(np.int64) + 1, np.full(len(items), ACTIONS["purchase"]), times,
                   np.cumsum(changed).astype(np.int64))
    return log, [str(name) for name in vocabulary]
