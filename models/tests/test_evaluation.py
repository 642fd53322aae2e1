"""What is asked of a recommender, how it is scored, and that training learns."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from personalization_models.evaluation.baselines import next_item_baselines
from personalization_models.config import Config, EncoderConfig
from personalization_models.data.transactions import EventLog, Transactions, build_log, build_vocabulary, epoch_seconds
from personalization_models.errors import ModelsError
from personalization_models.evaluation.ranking import Cases, case_metrics, next_basket_cases, next_event_cases, ranking_metrics, ranking_summary, user_interval
from personalization_models.evaluation.scoring import blend_parts, model_scorer, transformer_scorer
from personalization_models.network.network import Network, Parts
from personalization_models.training import blending
from personalization_models.training.blending import fit_shares
from personalization_models.training.next_item import Epochs, create_network, train_next_item


def log_of(*users: list[tuple[int, int, int, int]]) -> EventLog:
    """Events (item, action, time, basket) by user."""
    rows = np.array([event for user in users for event in user], np.int64)
    offsets = np.concatenate([[0], np.cumsum([len(user) for user in users])])
    return EventLog(tuple(map(str, range(len(users)))), offsets, *rows.T)


LOG = log_of(
    [(1, 2, 10, 1), (2, 2, 10, 1), (3, 2, 100, 2), (4, 2, 100, 2), (5, 3, 200, 3)],
    [(6, 2, 100, 4), (7, 2, 100, 4)],
    [(8, 2, 10, 5)],
)


def test_next_event_asks_for_purchases_since_the_cut_and_excludes_the_basket_so_far() -> None:
    cases = next_event_cases(LOG, 50, 10, seed=1)
    assert cases.wanted.tolist() == [3, 4, 7]
    assert [cases.history(case).tolist() for case in range(3)] == [[1, 2], [1, 2, 3], [6]]
    assert np.split(cases.excluded, cases.excluded_offsets[1:-1])[1].tolist() == [3]


def test_next_event_takes_so_many_a_user_only() -> None:
    assert len(next_event_cases(LOG, 50, 1, seed=1)) == 2


def test_next_basket_asks_once_for_the_whole_first_invoice() -> None:
    cases = next_basket_cases(LOG, 50)
    assert len(cases) == 1 and cases.wanted.tolist() == [3, 4] and cases.history(0).tolist() == [1, 2]


def test_a_basket_is_what_was_bought_whatever_else_was_done_in_its_second() -> None:
    cases = next_basket_cases(log_of([(9, 2, 0, 1), (1, 2, 100, 2), (2, 1, 100, 2), (3, 3, 100, 2), (4, 2, 100, 2)]), 50)
    assert cases.wanted.tolist() == [1, 4]


HOUR, DAY = 3600, 86_400
# Bought 1; nine days later looked at 2 and 3, bought 3 and then 2; two days later bought 4 that was looked at a week before, and 2 again.
BROWSED = log_of([(1, 2, 0, 1), (4, 1, 4 * DAY, 2), (2, 1, 9 * DAY, 3), (3, 1, 9 * DAY + 60, 4), (3, 2, 9 * DAY + 120, 5), (2, 2, 9 * DAY + HOUR, 6),
                  (4, 2, 11 * DAY, 7), (2, 2, 11 * DAY, 7)])


def test_what_silos_do_not_show_is_excluded_and_a_purchase_is_asked_for_before_the_view_that_led_to_it() -> None:
    cases = next_event_cases(BROWSED, 5 * DAY, 10, seed=1, recent_seconds=DAY)
    assert cases.wanted.tolist() == [2, 3, 4, 2]
    assert [cases.history(case).tolist() for case in range(2)] == [[1, 4], [1, 4, 2]] and (cases.times[:2] == [9 * DAY, 9 * DAY + 60]).all()
    excluded = [each.tolist() for each in np.split(cases.excluded, cases.excluded_offsets[1:-1])]
    assert excluded == [[], [2], [], [4]], "2 was bought two days before: it may be shown again"
    for case, items in enumerate(excluded):
        assert cases.wanted[case] not in items
    # The view is before the time that is asked about: by then the shopper had found the item.
    assert next_event_cases(BROWSED, 9 * DAY + 30, 10, seed=1, recent_seconds=DAY).wanted.tolist() == [3, 4, 2]
    assert len(next_event_cases(BROWSED, 9 * DAY + 90, 10, seed=1).wanted) == 4, "as published protocols have it, every purchase is asked for"


def test_a_baskets_question_is_asked_before_its_visit_and_without_what_silos_do_not_show_then() -> None:
    cases = next_basket_cases(BROWSED, 5 * DAY, DAY)
    assert cases.wanted.tolist() == [3] and cases.history(0).tolist() == [1, 4] and cases.times.tolist() == [9 * DAY]
    again = log_of([(1, 2, 0, 1), (2, 1, 9 * DAY, 2), (2, 2, 9 * DAY + 7 * HOUR, 3), (5, 2, 9 * DAY + 7 * HOUR, 3)])
    cases = next_basket_cases(again, 5 * DAY, DAY)
    assert cases.wanted.tolist() == [5] and cases.excluded.tolist() == [2]
    assert next_basket_cases(again, 5 * DAY).wanted.tolist() == [2, 5]


def test_metrics_of_a_known_ranking() -> None:
    cases = next_event_cases(LOG, 50, 10, seed=1)  # wanted 3, 4, 7

    def scorer(asked: Cases, first: int, stop: int) -> np.ndarray:
        scores = np.zeros((stop - first, 31))
        scores[:, 0] = 99  # padding must never be listed
        scores[:, 3] = 5   # case 0: first; case 1: in the basket, so 4 is first
        scores[:, 4] = 4
        scores[:, 10:24] = 3  # case 2: 7 is not among the first ten
        return scores

    metrics = ranking_metrics(scorer, cases)
    assert metrics["hr@10"] == pytest.approx(2 / 3) and metrics["mrr@10"] == pytest.approx(2 / 3)
    third_is_3 = np.eye(31)[[4]] * 3 + np.eye(31)[[9]] * 2 + np.eye(31)[[3]]
    basket = ranking_metrics(lambda asked, first, stop: third_is_3, next_basket_cases(LOG, 50))  # wanted 3 and 4
    assert basket["hr@10"] == basket["mrr@10"] == basket["recall@10"] == 1
    assert basket["ndcg@10"] == pytest.approx((1 + 1 / np.log2(4)) / (1 + 1 / np.log2(3)))


def test_every_case_has_its_own_metrics_and_their_means_are_the_whole() -> None:
    cases = next_event_cases(LOG, 50, 10, seed=1)  # wanted 3, 4, 7
    values = case_metrics(lambda asked, first, stop: np.tile(-np.arange(31.0), (stop - first, 1)), cases)  # 3 and 6 are in their baskets
    assert values[:, 0].tolist() == [1, 1, 1] and values[:, 2].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 6])
    means = ranking_metrics(lambda asked, first, stop: np.tile(-np.arange(31.0), (stop - first, 1)), cases)
    assert list(means.values()) == pytest.approx(values.mean(axis=0).tolist())
    summary = ranking_summary(lambda asked, first, stop: np.tile(-np.arange(31.0), (stop - first, 1)), cases, seed=1)
    assert {name: summary[name] for name in means} == pytest.approx(means)
    assert summary["hr@10 low"] == summary["hr@10 high"] == 1 and summary["ndcg@10 low"] < summary["ndcg@10"] < summary["ndcg@10 high"]


def test_an_interval_holds_the_mean_and_five_equal_answers_of_a_user_count_as_one() -> None:
    users, each = 400, 5
    log = log_of(*([(1, 2, at, user * 9 + at) for at in range(each + 1)] for user in range(users)))
    cases = next_event_cases(log, 1, each, seed=1)
    assert len(cases) == users * each
    hits = np.repeat(np.random.default_rng(0).random(users) < 0.3, each).astype(np.float64)
    low, high = user_interval(hits, cases, seed=1)
    mixed = user_interval(np.random.default_rng(1).permutation(hits), cases, seed=1)
    assert low < hits.mean() < high and mixed[0] < hits.mean() < mixed[1]
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.3 * 0.7 / users), rel=0.15)
    assert mixed[1] - mixed[0] < 0.6 * (high - low)


def test_baselines_count_the_past_only() -> None:
    cases = next_event_cases(LOG, 50, 10, seed=1)
    late = dataclasses.replace(LOG, items=np.where(LOG.times >= 50, LOG.items + 10, LOG.items))
    for name, scorer in next_item_baselines(LOG, 50, 30).items():
        if not name.startswith("recent"):
            other = next_item_baselines(late, 50, 30)[name]
            assert (scorer(cases, 0, 3) == other(cases, 0, 3)).all(), name


def test_baselines_count_what_follows_and_what_is_bought_together() -> None:
    log = log_of([(1, 2, 0, 1), (2, 2, 0, 1), (3, 2, DAY, 2)], [(1, 2, DAY, 3), (2, 2, DAY, 3)], [(1, 2, 0, 4), (3, 2, DAY, 5), (1, 2, 2 * DAY, 6)])
    scorers, cases = next_item_baselines(log, 2 * DAY, 3), next_event_cases(log, 2 * DAY, 1, seed=1)  # after 1 and 3
    def said(name: str) -> np.ndarray:
        return scorers[name](cases, 0, 1)[0]

    assert said("lastItemTransition") == pytest.approx(np.zeros(4), abs=1e-5), "nothing was bought after 3"
    assert said("cooccurrence") == pytest.approx([0, 0, 2 / np.sqrt(3 * 2), 0], abs=1e-5)
    assert said("popularity").tolist() == [0, 3, 2, 2] and said("recentPopularity7") == pytest.approx([0, 3, 2, 2], abs=1e-5)
    before = next_event_cases(log, DAY, 5, seed=1)
    followed = next_item_baselines(log, DAY + 1, 3)["lastItemTransition"](before, 0, len(before))
    assert [row.argmax() for row, last in zip(followed, before.log.items[before.ends - 1]) if last == 2] == [3]


def test_baselines_of_many_items_need_no_table_of_all_pairs_and_no_day_before_the_longest_window() -> None:
    import tracemalloc

    rng, items, users = np.random.default_rng(0), 20_000, 200
    log = log_of(*([(int(item), 2, at * DAY, user * 40 + at) for at, item in enumerate(rng.integers(1, items + 1, 40))] for user in range(users)))
    ancient = dataclasses.replace(log, times=np.where(np.arange(len(log.times)) == 0, -9000 * DAY, log.times))
    tracemalloc.start()
    cases = next_event_cases(ancient, 39 * DAY, 1, seed=1)
    for scorer in next_item_baselines(ancient, 39 * DAY, items).values():
        assert scorer(cases, 0, 2).shape == (2, items + 1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6, f"{peak / 1e6:.0f} MB; a table of all pairs has 1,600"


def test_shares_of_the_blend_are_the_same_however_few_cases_are_computed_at_a_time(small: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    rng, since = np.random.default_rng(4), epoch_seconds(small.data.validation_start)
    log = log_of(*([((user + at) % 12 + 1, 2, since + (at - 12) * DAY + int(rng.integers(DAY)), user * 20 + at) for at in range(20)] for user in range(30)))
    network = create_network(log, 12, small).eval()
    network.neighbours.fit(log)
    sizes: list[int] = []

    def counted(network: Network, encoder: EncoderConfig, cases: Cases, first: int, stop: int) -> Parts:
        sizes.append(stop - first)
        return blend_parts(network, encoder, cases, first, stop)

    monkeypatch.setattr(blending, "blend_parts", counted)
    at_once = fit_shares(network, log, small)
    assert max(sizes) > 50 and at_once["visitStarts"]["neighbours"] > 0
    sizes.clear()
    monkeypatch.setattr(blending, "_CHUNK", 16)
    assert fit_shares(network, log, small) == at_once and max(sizes) == 16


def test_nothing_in_the_test_period_reaches_the_trained_network(small: Config) -> None:
    rng = np.random.default_rng(4)
    span = epoch_seconds(small.data.test_start) - 200 * 86_400, epoch_seconds(small.data.test_start) + 60 * 86_400
    users = []
    for user in range(40):
        times = np.sort(rng.integers(*span, 30))
        users.append([(int(rng.integers(1, 31)), 2, int(time), user * 100 + at) for at, time in enumerate(times)])
    log = log_of(*users)
    quick = dataclasses.replace(small, training=dataclasses.replace(small.training, max_epochs=2, refit=True))
    networks = [train_next_item(known, 30, quick, lambda message: None).network
                for known in (log, log.before(epoch_seconds(small.data.test_start)))]
    weights, without_the_future = (network.state_dict() for network in networks)
    assert all((weights[name] == without_the_future[name]).all() for name in weights)


def test_a_training_that_diverged_ends_with_what_to_do(small: Config) -> None:
    log = log_of(*([(at % 5 + 1, 2, at, user * 9 + at) for at in range(6)] for user in range(4)))
    network = create_network(log, 5, small)
    with torch.no_grad():
        network.positions.fill_(torch.nan)
    with pytest.raises(ModelsError, match="diverged in epoch 1: its loss is nan. Take a smaller training.learning_rate"):
        Epochs(network, log, small).run(1)


def test_a_batch_without_a_target_has_no_loss(small: Config) -> None:
    drawn = dataclasses.replace(small, encoder=dataclasses.replace(small.encoder, repeats=False), training=dataclasses.replace(small.training, negatives=3))
    returned = log_of(*([(at % 5 + 1, 2, 0, user * 2), (at % 5 + 1, 3, 9, user * 2 + 1)] for user, at in enumerate(range(4))))
    assert Epochs(create_network(returned, 5, drawn), returned, drawn).run(1) == 0


def test_a_minute_of_training_beats_popularity_on_a_slice(shop: Transactions, config: Config) -> None:
    test_start = epoch_seconds(config.data.test_start)
    vocabulary = build_vocabulary(shop, test_start, 150)
    log = build_log(shop, vocabulary)
    small = dataclasses.replace(
        config, encoder=dataclasses.replace(config.encoder, dimension=32, blocks=1, max_length=20),
        training=dataclasses.replace(config.training, max_epochs=3, refit=False))
    run = train_next_item(log, len(vocabulary), small, lambda message: None)
    cases = next_event_cases(log, test_start, 1, seed=1)
    # The Transformer alone, and against itself: the neighbour table and the first item vectors, which know what was bought
    # together, beat popularity without any training.
    untrained = create_network(log.before(epoch_seconds(small.data.validation_start)), len(vocabulary), small).eval()
    alone, model = (ranking_metrics(scorer(run.network, small.encoder), cases) for scorer in (transformer_scorer, model_scorer))
    before = ranking_metrics(transformer_scorer(untrained, small.encoder), cases)
    assert model["ndcg@10"] > alone["ndcg@10"] > 1.3 * before["ndcg@10"], f"{model}, {alone}, untrained {before}"
    for name in ("popularity", "recentPopularity"):
        baseline = ranking_metrics(next_item_baselines(log, test_start, len(vocabulary))[name], cases)
        assert alone["ndcg@10"] > 1.3 * baseline["ndcg@10"], f"{name}: {alone} against {baseline}"
