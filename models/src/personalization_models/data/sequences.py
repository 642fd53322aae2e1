"""Model inputs: left-padded windows of events, time-gap buckets, training windows and augmentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..config import EncoderConfig, TrainingConfig
from .transactions import ACTIONS, EventLog, IntArray

FIRST_GAP = 1
IN_BASKET_GAP = 2
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Inputs:
    """One row per history: ``[B, L]`` arrays, 0 = padding, the newest event in the last column."""

    items: IntArray
    actions: IntArray
    gaps: IntArray

    def __len__(self) -> int:
        return len(self.items)

    def take(self, rows: IntArray | slice) -> Inputs:
        """Some rows, cut to the columns that they need."""
        items = self.items[rows]
        used = items.any(axis=0)
        first = int(used.argmax()) if used.any() else items.shape[1] - 1
        return Inputs(items[:, first:], self.actions[rows][:, first:], self.gaps[rows][:, first:])


def gap_buckets(seconds: IntArray, boundaries: Sequence[int]) -> IntArray:
    """2 + the number of boundaries that are at most the gap (bucket 1 is the first event, 0 is padding)."""
    return IN_BASKET_GAP + np.searchsorted(np.asarray(boundaries), seconds, side="right").astype(np.int64)


def build_inputs(log: EventLog, starts: IntArray, ends: IntArray, length: int, boundaries: Sequence[int]) -> Inputs:
    """The last ``length`` events of each range ``[start, end)`` of the log."""
    index = ends[:, None] - length + np.arange(length)
    valid = index >= starts[:, None]
    index = np.where(valid, index, 0)
    first = valid & ~np.pad(valid, ((0, 0), (1, 0)))[:, :-1]
    seconds = np.maximum(log.times[index] - log.times[np.maximum(index - 1, 0)], 0)
    gaps = np.where(first, FIRST_GAP, gap_buckets(seconds, boundaries))
    return Inputs(np.where(valid, log.items[index], 0), np.where(valid, log.actions[index], 0), np.where(valid, gaps, 0))


def training_windows(log: EventLog, length: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Ranges of input events that cover each user once; each epoch cuts them elsewhere.

    Every user also gets one window of random, mostly short, length: a fresh visitor's history.
    """
    starts: list[int] = []
    ends: list[int] = []
    for begin, stop in zip(log.offsets[:-1], log.offsets[1:]):
        last = int(stop) - 1  # the newest event is only a target
        if last <= begin:
            continue
        end = last
        size = int(rng.integers(1, length + 1))
        while end > begin:
            starts.append(max(int(begin), end - size))
            ends.append(end)
            end, size = end - size, length
        short_end = int(rng.integers(begin + 1, last + 1))
        starts.append(max(int(begin), short_end - int(rng.integers(1, 9))))
        ends.append(short_end)
    return np.asarray(starts, np.int64), np.asarray(ends, np.int64)


@dataclass(frozen=True)
class TrainingBatch:
    """Inputs, and for each position the item of the next event (0: nothing to learn) and the gap bucket before it."""

    inputs: Inputs
    targets: IntArray
    waits: IntArray


def training_batch(log: EventLog, starts: IntArray, ends: IntArray, encoder: EncoderConfig, training: TrainingConfig,
                   rng: np.random.Generator) -> TrainingBatch:
    """Augmented inputs of the ranges; cancellations are no targets, and some waits are hidden as a whole."""
    width = int((ends - starts).max()) + 1
    known = build_inputs(log, starts, ends + 1, width, encoder.gap_boundaries_seconds)
    seen = augment(known, training, rng)
    real = known.items[:, :-1] > 0
    targets = np.where(real & (known.actions[:, 1:] != ACTIONS["cancel"]), known.items[:, 1:], 0)
    waits = np.where(real & (rng.random((len(starts), 1)) >= training.unknown_wait), seen.gaps[:, 1:], 0)
    return TrainingBatch(Inputs(seen.items[:, :-1], seen.actions[:, :-1], seen.gaps[:, :-1]), targets, waits)


def augment(inputs: Inputs, config: TrainingConfig, rng: np.random.Generator) -> Inputs:
    """Hides action types and stretches in-basket gaps, so that clicks while browsing look familiar when served."""
    real = inputs.items > 0
    rows = (len(inputs), 1)
    hide = (rng.random(rows) < config.other_action_sequence) | (rng.random(real.shape) < config.other_action_event)
    browse = (rng.random(rows) < config.browse_gap_sequence) & (rng.random(real.shape) < 0.5)
    actions = np.where(real & hide, ACTIONS["other"], inputs.actions)
    gaps = np.where(real & browse & (inputs.gaps == IN_BASKET_GAP), IN_BASKET_GAP + 1, inputs.gaps)
    return Inputs(inputs.items, actions, gaps)


def batches_by_length(lengths: IntArray, size: int, rng: np.random.Generator) -> Iterator[IntArray]:
    """Row numbers in batches of similar length (less padding), in random order."""
    order = np.lexsort((rng.random(len(lengths)), lengths))
    chunks = [order[at:at + size] for at in range(0, len(order), size)]
    for at in rng.permutation(len(chunks)):
        yield chunks[at]
