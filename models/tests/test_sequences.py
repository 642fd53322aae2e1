"""Gap buckets, windows, targets and augmentation."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import torch
from conftest import MODELS

from personalization_models.config import Config
from personalization_models.data.events import read_event_files
from personalization_models.data.transactions import EventLog, build_log, build_vocabulary
from personalization_models.data.sequences import Inputs, augment, build_inputs, gap_buckets, training_batch, training_windows
from personalization_models.evaluation.ranking import next_event_cases
from personalization_models.network.network import Network

BOUNDARIES = [60, 3600, 86_400]


def log_of(*users: list[tuple[int, int, int]]) -> EventLog:
    """Events (item, action, time) by user."""
    rows = np.array([event for user in users for event in user], np.int64)
    counts = [len(user) for user in users]
    return EventLog(tuple(map(str, range(len(users)))), np.concatenate([[0], np.cumsum(counts)]), *rows.T, np.arange(len(rows)))


def test_a_gap_belongs_to_the_bucket_whose_boundary_it_reaches() -> None:
    seconds = np.array([0, 59, 60, 3599, 3600, 86_399, 86_400, 10 ** 9])
    assert gap_buckets(seconds, BOUNDARIES).tolist() == [2, 2, 3, 3, 4, 4, 5, 5]


def test_moments_within_a_second_of_a_classs_boundary_have_the_class_that_silos_give_them(tmp_path: Path, small: Config, network: Network) -> None:
    moments = json.loads((MODELS / "tests" / "time_classes.json").read_text(encoding="utf-8"))
    lines = [{"userId": f"{user:02}", "itemId": f"i{at}", "type": "purchase", "timestamp": both[name]} for user, both in enumerate(moments) for at, name in enumerate(("older", "newer"))]
    (tmp_path / "e.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    events = read_event_files([tmp_path / "e.jsonl"])
    log, boundaries = build_log(events, build_vocabulary(events, 2**40, 1)), small.encoder.gap_boundaries_seconds
    classes = [both["class"] for both in moments]
    assert set(classes) == set(range(2, len(boundaries) + 3))
    assert build_inputs(log, log.offsets[:-1], log.offsets[1:], 2, boundaries).gaps[:, 1].tolist() == classes
    cases = next_event_cases(log, 0, 1, 1)
    assert network.wait_bucket(torch.from_numpy((cases.times - log.times[cases.ends - 1]).astype(np.float32))).tolist() == classes


def test_inputs_are_left_padded_and_start_with_the_first_bucket() -> None:
    log = log_of([(4, 2, 0), (5, 2, 60), (6, 3, 4000)], [(7, 2, 50)])
    inputs = build_inputs(log, np.array([0, 3]), np.array([3, 4]), 4, BOUNDARIES)
    assert inputs.items.tolist() == [[0, 4, 5, 6], [0, 0, 0, 7]]
    assert inputs.actions.tolist() == [[0, 2, 2, 3], [0, 0, 0, 2]]
    assert inputs.gaps.tolist() == [[0, 1, 3, 4], [0, 0, 0, 1]]


def test_a_window_that_cuts_history_forgets_what_was_before_it() -> None:
    log = log_of([(4, 2, 0), (5, 2, 60), (6, 2, 4000)])
    inputs = build_inputs(log, np.array([0]), np.array([3]), 2, BOUNDARIES)
    assert inputs.items.tolist() == [[5, 6]]
    assert inputs.gaps.tolist() == [[1, 4]]


def test_targets_are_the_following_purchases_never_cancellations_or_another_user(config: Config) -> None:
    log = log_of([(4, 2, 0), (5, 3, 1), (6, 2, 90_000)], [(7, 2, 0), (8, 2, 1)])
    plain = dataclasses.replace(
        config.training, other_action_sequence=0.0, other_action_event=0.0, browse_gap_sequence=0.0, unknown_wait=0.0)
    encoder = dataclasses.replace(config.encoder, gap_boundaries_seconds=BOUNDARIES)
    batch = training_batch(log, np.array([0, 3]), np.array([2, 4]), encoder, plain, np.random.default_rng(1))
    assert batch.inputs.items.tolist() == [[4, 5], [0, 7]]
    assert batch.targets.tolist() == [[0, 6], [0, 8]]
    assert batch.waits.tolist() == [[2, 5], [0, 2]], "the gap before each target, by which it may be predicted"


def test_training_windows_stay_inside_one_user_and_always_have_a_target() -> None:
    rng = np.random.default_rng(3)
    log = log_of([(1, 2, at) for at in range(130)], [(2, 2, 0)], [(3, 2, at) for at in range(7)])
    for _ in range(20):
        starts, ends = training_windows(log, 50, rng)
        owners = np.searchsorted(log.offsets, starts, side="right")
        assert (owners == np.searchsorted(log.offsets, ends, side="right")).all(), "the target is the same user's"
        assert (ends > starts).all() and (ends - starts <= 50).all()
        covered = np.zeros(len(log.items), bool)
        for start, end in zip(starts, ends):
            covered[start:end] = True
        assert covered[:129].all() and covered[131:137].all() and not covered[130]


def test_augmentation_hides_actions_and_stretches_gaps_but_never_touches_padding_or_items(config: Config) -> None:
    rng = np.random.default_rng(5)
    items = np.pad(np.ones((400, 8), np.int64), ((0, 0), (4, 0)))
    inputs = Inputs(items, items * 2, items * 2)
    out = augment(inputs, config.training, rng)
    assert (out.items == items).all() and not out.actions[:, :4].any() and not out.gaps[:, :4].any()
    hidden = (out.actions[:, 4:] == 1).mean()
    assert 0.2 < hidden < 0.45
    assert set(np.unique(out.gaps[:, 4:])) == {2, 3}
    still = dataclasses.replace(config.training, other_action_sequence=0.0, other_action_event=0.0, browse_gap_sequence=0.0)
    assert (augment(inputs, still, rng).actions == inputs.actions).all()
