"""Promises of the network that serving relies on."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from conftest import ITEMS, random_history

from personalization_models.churn.graph import ChurnGraph
from personalization_models.churn.head import ChurnHead
from personalization_models.config import Config, NeighbourConfig
from personalization_models.data.transactions import TOTALS
from personalization_models.network.network import Network, Parts
from personalization_models.network.steady import steady

DAY = 86_400.0


@pytest.mark.parametrize("length", [1, 2, 5, 19])
def test_padding_in_front_changes_nothing(network: Network, length: int) -> None:
    history = random_history(np.random.default_rng(length), length)
    padded = [torch.nn.functional.pad(part, (20 - length, 0)) for part in history]
    elapsed = torch.tensor([3 * DAY])
    with torch.no_grad():
        for bare, wide in zip(network(*history, elapsed), network(*padded, elapsed)):
            assert torch.allclose(bare, wide, atol=1e-5)


def test_what_is_older_than_the_encoders_window_matters_to_churn_alone(network: Network) -> None:
    length, elapsed = 30, torch.tensor([3 * DAY])
    history = random_history(np.random.default_rng(5), length)
    newest = [part[:, -network.max_length:].clone() for part in history]
    newest[2][0, 0] = 1
    with torch.no_grad():
        scores, churn, user, _ = network(*history, elapsed)
        recent_scores, recent_churn, recent_user, _ = network(*newest, elapsed)
    assert torch.allclose(scores, recent_scores, atol=1e-5) and torch.allclose(user, recent_user, atol=1e-5), "own items have no share here"
    assert abs(float(churn - recent_churn)) > 1e-3


def test_joined_churn_heads_answer_with_the_average_of_their_logits(small: Config) -> None:
    torch.manual_seed(3)
    boundaries = small.encoder.gap_boundaries_seconds
    single = dataclasses.replace(small.churn, members=1)
    members = [ChurnHead(16, boundaries, single).eval() for _ in range(3)]
    whole = ChurnHead(16, boundaries, dataclasses.replace(small.churn, members=3)).eval()
    inputs, elapsed = torch.randn(7, whole.factors.in_features + whole.summary_count), torch.arange(7) * 9 * DAY
    with torch.no_grad():
        for member in members:
            member.standardise(inputs * 3 + 1)
        whole.join(members)
        assert torch.allclose(whole.logit(inputs, elapsed), sum(each.logit(inputs, elapsed) for each in members) / 3, atol=1e-5)


def test_totals_matter_only_where_something_was_bought(network: Network) -> None:
    history, elapsed = random_history(np.random.default_rng(5), 8), torch.tensor([3 * DAY])
    bought = torch.tensor([[40.0, 1.0, 900.0, 200.0]])
    looked = bought * torch.tensor([[0.0, 1.0, 1.0, 1.0]])
    with torch.no_grad():
        network.churn_head.centre.fill_(1.0)
        unknown, none, more = (float(network(*history, elapsed, totals)[1]) for totals in (None, looked, bought))
    assert unknown == pytest.approx(none, abs=1e-6) and abs(more - unknown) > 1e-3
    assert network.churn_head.total_count == len(TOTALS)


def test_what_is_exported_answers_the_same(network: Network) -> None:
    with torch.no_grad():
        for buffer in (network.churn_head.centre, network.churn_head.spread):
            buffer.copy_(torch.rand_like(buffer) + 0.5)
        network.churn_head.calibration.copy_(torch.tensor([0.7, -0.3]))
        folded = network.folded()
        folded.churn_head = ChurnGraph(folded.churn_head)
        elapsed = torch.tensor([3 * DAY])
        for totals in (None, torch.tensor([[0.0, 2.0, -3.0, 9.0]]), torch.tensor([[4.0, 1.0, 70.0, 90.0]])):
            for length in (1, 8, 30):
                history = random_history(np.random.default_rng(length), length)
                for before, after in zip(network(*history, elapsed, totals), folded(*history, elapsed, totals)):
                    assert before.shape == after.shape and torch.allclose(before, after, atol=1e-5)


@pytest.mark.parametrize("skip_newest", [False, True])
def test_votes_that_join_one_by_one_make_the_blend_of_the_parts(network: Network, skip_newest: bool) -> None:
    network.neighbours.use(NeighbourConfig(history=4, skip_newest=skip_newest))
    network.own.shares.copy_(torch.tensor([0.1, 0.2]))
    rng = np.random.default_rng(4)
    rows = [torch.cat(parts) for parts in zip(*(random_history(rng, 25) for _ in range(3)))]
    rows[0][:, -3] = rows[0][:, -1]
    with torch.no_grad():
        wait = network.wait_bucket(torch.tensor([0.0, 60.0, 9 * DAY]))
        parts, user = network.answer(*rows, wait)
        blend, same_user = network.probabilities(*rows, wait)
    assert torch.equal(user, same_user) and torch.allclose(network.blend(parts)[:, 1:].exp(), blend[:, 1:], atol=1e-6)
    assert (parts.neighbours.gather(1, rows[0][:, -1:]) == 0).all() == skip_newest


def test_steady_functions_are_the_functions() -> None:
    values = torch.rand(3, 21)
    assert torch.allclose(steady(torch.log1p, values), values.log1p()) and steady(torch.sigmoid, values[:, :1]).shape == (3, 1)


def test_other_rows_of_the_batch_change_nothing(network: Network) -> None:
    rng = np.random.default_rng(1)
    rows = [random_history(rng, 12) for _ in range(4)]
    batch = [torch.cat(parts) for parts in zip(*rows)]
    elapsed = torch.arange(4) * DAY
    with torch.no_grad():
        together = network(*batch, elapsed)
        for at, row in enumerate(rows):
            alone = network(*row, elapsed[at:at + 1])
            assert torch.allclose(together[0][at], alone[0][0], atol=1e-5)
            assert torch.allclose(together[1][at], alone[1][0], atol=1e-6)


def test_a_state_does_not_see_the_future(network: Network) -> None:
    items, actions, gaps = random_history(np.random.default_rng(2), 15)
    waits = torch.randint(1, 14, (1, 15))
    changed, later = items.clone(), waits.clone()
    changed[0, 10:] = changed[0, 10:] % ITEMS + 1
    later[0, 10:] = later[0, 10:] % 13 + 1
    with torch.no_grad():
        before = network.states(items, actions, gaps, waits)[0]
        after = network.states(changed, actions, gaps, later)[0]
    assert torch.allclose(before[:, :10], after[:, :10], atol=1e-6)
    assert not torch.allclose(before[:, 10:], after[:, 10:], atol=1e-3)


def test_repeats_point_at_the_past_only_and_agree_between_training_and_serving(network: Network) -> None:
    items, actions, gaps = random_history(np.random.default_rng(9), 15)
    waits = torch.randint(2, 14, (1, 15))
    with torch.no_grad():
        states, events = network.states(items, actions, gaps, waits)
        trained = network.repeats(items, gaps, waits, states, events, network.causal_for(15))
        served = network.repeats.newest(gaps, waits[:, -1], states[:, -1], events)
    assert not trained[0].triu(1).any() and trained[0].tril().abs().max() > 0.01
    assert torch.allclose(trained[:, -1], served, atol=1e-6)


def test_last_position_alone_gives_the_same_states(network: Network) -> None:
    history = random_history(np.random.default_rng(3), 17)
    wait = torch.tensor([9])
    with torch.no_grad():
        user, _ = network.last_states(*history, wait)
        waiting, _ = network.last_states(*history, wait + 1)
        full = network.states(*history, torch.full((1, 17), 9))[0]
    assert torch.allclose(full[:, -1], user, atol=1e-5) and not torch.allclose(user, waiting, atol=1e-3)


def test_order_action_and_gap_all_matter(network: Network) -> None:
    items, actions, gaps = random_history(np.random.default_rng(4), 8)
    gaps[0, 5], actions[0, 5] = 2, 2
    other_gap, other_action = gaps.clone(), actions.clone()
    other_gap[0, 5], other_action[0, 5] = 9, 1
    with torch.no_grad():
        base = network(items, actions, gaps, torch.zeros(1))[0]
        for variant in ((items.flip(1), actions, gaps), (items, other_action, gaps), (items, actions, other_gap)):
            assert (base[:, 1:] - network(*variant, torch.zeros(1))[0][:, 1:]).abs().max() > 1e-3


def test_churn_rises_with_elapsed_time_whatever_the_history(network: Network) -> None:
    rng = np.random.default_rng(6)
    elapsed = torch.tensor([0.0, 60.0, DAY, 3 * DAY, 10 * DAY, 40 * DAY, 100 * DAY, 170 * DAY, 400 * DAY])
    for length in (1, 4, 20):
        row = random_history(rng, length)
        totals = torch.tensor([[float(length), 0.0, 50.0, 90.0]]).repeat(len(elapsed), 1)
        with torch.no_grad():
            churn = network(*(part.repeat(len(elapsed), 1) for part in row), elapsed, totals)[1]
        assert (churn.diff() >= 0).all() and churn[-1] > churn[0] + 0.01
        assert ((churn > 0) & (churn < 1)).all()


def test_scores_are_log_probabilities_without_the_padding_index(network: Network) -> None:
    with torch.no_grad():
        scores, _, user, vectors = network(*random_history(np.random.default_rng(8), 5), torch.zeros(1))
    assert scores[0, 1:].exp().sum() == pytest.approx(1.0, abs=1e-4)
    assert scores[0, 0] < -1e6
    assert user.shape == (1, 16) and vectors.shape == (ITEMS + 1, 16)


def test_the_blend_is_a_mixture_of_probabilities_with_shares_for_each_kind_of_visit(network: Network) -> None:
    network.neighbours.shares.copy_(torch.tensor([0.25, 0.5]))
    network.own.shares.copy_(torch.tensor([0.0, 0.25]))
    model = torch.tensor([[0.0, 0.1, 0.2, 0.3, 0.4, 0.0]]).log()
    neighbours, own = torch.eye(6)[5:], torch.eye(6)[1:2]
    going_on, starting = (network.blend(Parts(model, neighbours, own, torch.tensor([starts]))).exp()[0] for starts in (False, True))
    assert going_on.tolist() == pytest.approx([0, 0.075, 0.15, 0.225, 0.3, 0.25], abs=1e-6)
    assert starting.tolist() == pytest.approx([0, 0.275, 0.05, 0.075, 0.1, 0.5], abs=1e-6)


def test_own_items_count_over_the_whole_window_and_cancellations_do_not(network: Network) -> None:
    items, actions = torch.tensor([[0, *[4] * 30, 7, 7, 9]]), torch.tensor([[0, *[2] * 30, 2, 1, 3]])
    own = network.own(items, actions)[0]
    assert own[4] == pytest.approx(30 / 32) and own[7] == pytest.approx(2 / 32) and own[9] == own[0] == 0
    assert not network.own(torch.zeros(1, 5, dtype=torch.long), torch.zeros(1, 5, dtype=torch.long)).any()


def test_a_row_of_padding_is_finite(network: Network) -> None:
    nothing = torch.zeros(2, 6, dtype=torch.long)
    with torch.no_grad():
        scores, churn, user, _ = network(nothing, nothing, nothing, torch.tensor([0.0, 1e9]))
    assert all(torch.isfinite(part).all() for part in (scores, churn, user))
