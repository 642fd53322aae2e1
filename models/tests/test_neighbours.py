"""The item neighbours inside the network and their blend."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from personalization_models.benchmark.knn import neighbour_scorer
from personalization_models.benchmark.protocols import cases_at
from personalization_models.config import NeighbourConfig
from personalization_models.data.transactions import ACTIONS, EventLog
from personalization_models.network.neighbours import NeighbourHead


def purchases(*users: list[int]) -> EventLog:
    items = np.concatenate([np.asarray(user, np.int64) for user in users])
    offsets = np.concatenate([[0], np.cumsum([len(user) for user in users])])
    return EventLog(tuple(map(str, range(len(users)))), offsets, items, np.full(len(items), ACTIONS["purchase"]),
                    np.arange(len(items)), np.arange(len(items)))


def votes_of(head: NeighbourHead, *items: int) -> torch.Tensor:
    """What the neighbours of one history say of all items [N + 1]."""
    return head.votes(torch.tensor([items]), head.decays(len(items))).spread(len(head.items))[0]


@pytest.fixture()
def fitted() -> NeighbourHead:
    head = NeighbourHead(5, 8)
    head.fit(purchases(*[[1, 2]] * 9, [3, 4]))
    return head


def test_followers_weigh_more_than_what_came_before_and_users_do_not_mix(fitted: NeighbourHead) -> None:
    after_one, after_two, after_three = (votes_of(fitted, item) for item in (1, 2, 3))
    assert after_one.argmax() == 2 and after_two.argmax() == 1 and after_three.argmax() == 4
    assert fitted.weights[2].max() < fitted.weights[1].max()
    assert after_three[[1, 2, 5]].sum() == 0


def test_older_events_count_less_by_the_decay_and_padding_counts_nothing(fitted: NeighbourHead) -> None:
    scores = votes_of(fitted, 0, 0, 3, 1)
    weight_two, weight_four = fitted.weights[1].max(), 0.7 * fitted.weights[3].max()
    assert float(scores[4] / scores[2]) == pytest.approx(float(weight_four / weight_two))
    assert float(scores.sum()) == pytest.approx(1.0)
    assert not votes_of(fitted, 0, 0, 0, 0).any()


def test_the_newest_item_may_be_left_out_while_older_ones_point_at_themselves() -> None:
    head = NeighbourHead(5, 8, NeighbourConfig(repeat=1.0, skip_newest=True))
    log = purchases(*[[1, 2, 3]] * 9)
    head.fit(log)
    scores = votes_of(head, 1, 2)
    assert scores[2] == 0 and scores[1] > 0 and float(scores.sum()) == pytest.approx(1.0)
    whole = neighbour_scorer(log, 5, NeighbourConfig(repeat=1.0, skip_newest=True))
    asked = whole(cases_at(log, np.array([0]), np.array([2]), False), 0, 1)[0]
    assert asked / asked.sum() == pytest.approx(scores.numpy(), abs=1e-6)
