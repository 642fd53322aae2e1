"""Churn metrics say what they claim, and what is known of a life is what the events before the cut-off say."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import numpy as np
import pytest
import torch
from conftest import transactions

from personalization_models.churn import training
from personalization_models.churn.samples import ChurnSamples, training_cuts, whole_life
from personalization_models.churn.evaluation import auc_gain, bg_nbd, churn_metrics
from personalization_models.churn.head import RISING_COUNT, ChurnHead
from personalization_models.churn.training import fit_line, folds, platt
from personalization_models.config import Config
from personalization_models.data.transactions import TOTALS, Transactions, build_log, build_vocabulary, epoch_seconds
from personalization_models.data.sequences import Inputs
from personalization_models.errors import ModelsError
from personalization_models.evaluation.scoring import tensors
from personalization_models.network.network import Network
from personalization_models.pipeline import fit_churn
from personalization_models.training.next_item import create_network


def test_lift_compares_the_top_decile_with_everybody_and_the_interval_holds_the_auc() -> None:
    rng = np.random.default_rng(1)
    scores = rng.random(1000)
    churned = rng.random(1000) < scores
    metrics = churn_metrics(scores, churned)
    top = churned[np.argsort(-scores)[:100]].mean()
    assert metrics["lift"] == pytest.approx(top / churned.mean()) and metrics["lift"] > 1.6
    assert metrics["aucLow"] < metrics["auc"] < metrics["aucHigh"] and metrics["ece"] < 0.06


def test_scores_without_probabilities_are_not_judged_as_such() -> None:
    metrics = churn_metrics(np.arange(20.0), np.arange(20) > 9, are_probabilities=False)
    assert metrics["auc"] == 1.0 and "brier" not in metrics


def test_a_gain_over_a_worse_score_excludes_zero_and_over_itself_is_zero() -> None:
    rng = np.random.default_rng(2)
    truth = rng.random(800)
    churned = rng.random(800) < truth
    gain = auc_gain(truth, truth + rng.normal(0, 1, 800), churned)
    assert gain["low"] > 0 and gain["low"] < gain["mean"] < gain["high"]
    assert auc_gain(truth, truth, churned) == {"mean": 0.0, "low": 0.0, "high": 0.0}


def test_bg_nbd_foretells_the_purchases_of_customers_that_follow_it() -> None:
    rng, weeks, horizon = np.random.default_rng(3), 40.0, 13.0
    rows, later = [], []
    for _ in range(4000):
        rate, leaving, start = rng.gamma(0.9, 1 / 8), rng.beta(0.8, 3.0), rng.uniform(0, weeks - 5)
        times, time = [start], start
        while rng.random() >= (leaving if len(times) > 1 else 0):
            time += rng.exponential(1 / rate)
            if time > weeks + horizon:
                break
            times.append(time)
        known = [each for each in times if each <= weeks]
        later.append(len(times) - len(known))
        rows.append([7 * (weeks - known[-1]), len(known), 7 * (weeks - start), 0, 0, len(known)])
    bought, nothing = np.array(later), np.zeros((4000, 1), np.int64)
    samples = ChurnSamples(np.arange(4000).astype(str), Inputs(nothing, nothing, nothing), np.zeros((4000, 4), np.float32), np.zeros(4000, np.float32), bought == 0,
                           np.array(rows))
    expected, silent = bg_nbd(samples, int(7 * horizon))
    assert expected.mean() == pytest.approx(bought.mean(), rel=0.1)
    assert silent.mean() == pytest.approx((bought == 0).mean(), abs=0.03) and churn_metrics(silent, bought == 0)["ece"] < 0.04


def samples_of(customers: list[int], churned: np.ndarray) -> ChurnSamples:
    nothing = np.zeros((len(customers), 1), np.int64)
    return ChurnSamples(np.array(customers).astype(str), Inputs(nothing, nothing, nothing), np.zeros((len(customers), 4), np.float32),
                        np.zeros(len(customers), np.float32), churned, np.zeros((len(customers), 6)))


def test_a_customer_of_many_cut_offs_is_in_one_fold_so_that_no_head_is_asked_of_whom_it_learned_from() -> None:
    customers = [customer for cut in range(12) for customer in range(30 + 10 * cut)]
    fold = folds(samples_of(customers, np.zeros(len(customers), np.bool_)), 4, np.random.default_rng(1))
    of_customer = {customer: {int(each) for each, owner in zip(fold, customers) if owner == customer} for customer in set(customers)}
    assert all(len(each) == 1 for each in of_customer.values())
    sizes = np.bincount([next(iter(each)) for each in of_customer.values()], minlength=4)
    assert len(sizes) == 4 and sizes.min() > 15, "each head has customers that it did not learn from"


def test_calibration_finds_the_probabilities_weighs_cut_offs_alike_and_never_turns_the_order() -> None:
    rng = np.random.default_rng(2)

    def cut(count: int, shift: float, scale: float = 0.5) -> tuple[np.ndarray, ChurnSamples]:
        logits = rng.normal(0, 2, count)
        return logits, samples_of(list(range(count)), rng.random(count) < 1 / (1 + np.exp(-(scale * logits + shift))))

    logits, samples = cut(20_000, -0.7)
    assert platt(logits, [samples]) == pytest.approx((0.5, -0.7), abs=0.05)
    (many, summer), (few, winter) = cut(20_000, -1.0), cut(2_000, 1.0)
    assert platt(np.concatenate([many, few]), [summer, winter])[1] == pytest.approx(0.0, abs=0.1), "the larger cut-off has its own way"
    assert platt(*(lambda logits, samples: (-logits, [samples]))(*cut(5_000, 0.0)))[0] > 0


def test_a_whole_life_counts_every_event_before_the_cut_off_and_none_after() -> None:
    day = dt.datetime(2011, 3, 1)
    shop = transactions([("1", "10", "10001", day), ("1", "10", "POST", day), ("1", "C11", "10001", day + dt.timedelta(days=10)),
                         ("1", "12", "10002", day + dt.timedelta(days=40)), ("2", "13", "10001", day + dt.timedelta(days=5))])
    shop.rows.loc[0, ["quantity", "price"]] = 3, 2.5
    shop.rows.loc[2, ["quantity", "price"]] = -1, 2.5
    life = whole_life(shop, epoch_seconds(dt.date(2011, 4, 1)))
    assert life.loc["1", list(TOTALS)].tolist() == [2, 1, 3 * 2.5 + 1 - 2.5, 10]
    assert life.loc["2", list(TOTALS)].tolist() == [1, 0, 1, 0]
    assert life.newest["1"] == epoch_seconds(dt.date(2011, 3, 11))


def test_the_line_finds_what_tells_and_never_falls_with_time(small: Config) -> None:
    rng = np.random.default_rng(5)
    head = ChurnHead(16, small.encoder.gap_boundaries_seconds, dataclasses.replace(small.churn, members=1)).eval()
    inputs = torch.from_numpy(rng.normal(size=(3000, 16 + head.summary_count)).astype(np.float32))
    elapsed = torch.from_numpy(rng.uniform(0, 200 * 86_400, 3000).astype(np.float32))
    head.standardise(inputs)
    # Who waits longer comes back more surely here: the line must not learn it.
    truth = 1.5 * inputs[:, 20] - elapsed / 86_400 / 50
    churned = (torch.from_numpy(rng.random(3000).astype(np.float32)) < torch.sigmoid(truth)).float()
    fit_line(head, inputs, elapsed, churned)
    weights = head.line.weight[0]
    assert (weights[:RISING_COUNT] == 0).all()
    assert weights.abs().argmax() == RISING_COUNT + 4 and weights[RISING_COUNT + 4] > 1


def test_churn_inputs_are_computed_some_at_a_time_and_are_the_same(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    inputs = Inputs(rng.integers(1, 31, (50, 20)), rng.integers(1, 4, (50, 20)), rng.integers(2, 14, (50, 20)))
    totals = rng.random((50, network.churn_head.total_count)).astype(np.float32)
    with torch.no_grad():
        whole = network.churn_inputs(*tensors(inputs), torch.from_numpy(totals))
    asked: list[int] = []
    computed = network.churn_inputs
    monkeypatch.setattr(network, "churn_inputs", lambda items, *rest: (asked.append(len(items)), computed(items, *rest))[1])
    monkeypatch.setattr(training, "_CHUNK", 16)
    assert torch.allclose(training.churn_inputs(network, inputs, totals), whole, atol=1e-6) and asked == [16, 16, 16, 2]


def test_who_was_learned_from_is_measured_by_the_head_that_did_not(small: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    class Memory:
        """A head that knows the label of whom it learned from, by what was bought, and nothing else."""

        def __init__(self, learned: tuple[torch.Tensor, ...]) -> None:
            self.bought, _, self.churned = learned

        def logit(self, inputs: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
            distance, nearest = torch.cdist(inputs[:, :16], self.bought[:, :16]).min(1)
            return torch.where(distance < 1e-3, 8 * self.churned[nearest] - 4, torch.zeros(()))

    def join(head: ChurnHead, members: list[Memory]) -> None:
        object.__setattr__(head, "logit", lambda *asked: torch.stack([member.logit(*asked) for member in members]).mean(0))

    monkeypatch.setattr(training, "_train_member", lambda head, number, learned, *_: (Memory(learned), 0.0))
    monkeypatch.setattr(ChurnHead, "join", join)
    start, day = dt.datetime(2011, 1, 1), dt.timedelta(days=1)
    # Everybody has an item of his own; every third never comes back.
    shop = transactions([(str(user), f"{user}-{at}", f"{10_000 + user}", start + at * day)
                         for user in range(120) for at in range(user % 5 if user < 110 else 60, 90, 5 if user % 3 else 90)])
    dates = {"first_cut": dt.date(2011, 1, 31), "last_cut": dt.date(2011, 2, 28), "calibration_cut": dt.date(2011, 3, 7), "horizon_days": 20}
    config = dataclasses.replace(small, churn=dataclasses.replace(small.churn, **dates),
                                 data=dataclasses.replace(small.data, validation_start=dt.date(2011, 3, 20), test_start=dt.date(2011, 3, 27)))
    vocabulary = build_vocabulary(shop, 2**40, 1)
    log = build_log(shop, vocabulary)
    network = create_network(log, len(vocabulary), config).eval()
    torch.nn.init.normal_(network.items.weight)
    fitted = fit_churn(network, shop, log, config, lambda _: None)
    assert not fitted.test["unseen"] and fitted.test["customers"] == 120 and fitted.metrics["model"]["auc"] == 0.5


def test_a_test_period_in_which_all_customers_do_the_same_measures_nothing_and_the_calibration_does(small: Config) -> None:
    start, day, said = dt.datetime(2011, 1, 1), dt.timedelta(days=1), []
    # A shop that closes on the test's first day, but for a buyer whom nobody knew.
    rows = [(str(user), f"{user}-{at}", f"{10_000 + user % 20}", start + at * day) for user in range(90) for at in range(user % 5, 85, 5 if user % 3 else 85)]
    closed = transactions([*rows, ("90", "90-120", "10000", start + 120 * day)])
    sells = transactions([*rows, ("1", "1-90", "10000", start + 90 * day), ("90", "90-120", "10000", start + 120 * day)])
    dates = {"first_cut": dt.date(2011, 1, 31), "last_cut": dt.date(2011, 2, 28), "calibration_cut": dt.date(2011, 3, 5), "horizon_days": 20}
    config = dataclasses.replace(small, churn=dataclasses.replace(small.churn, max_epochs=1, **dates),
                                 data=dataclasses.replace(small.data, validation_start=dt.date(2011, 3, 20), test_start=dt.date(2011, 3, 27)))
    vocabulary = build_vocabulary(closed, 2**40, 1)

    def tested(shop: Transactions) -> dict[str, object]:
        log = build_log(shop, vocabulary)
        return dict(json.loads(json.dumps(fit_churn(create_network(log, len(vocabulary), config).eval(), shop, log, config, said.append).test)))

    test = tested(closed)
    assert test["cut"] == "2011-03-05" and test["unseen"] is False and 0 < float(str(test["rate"])) < 1
    assert any("or the same of all customers: measured at 2011-03-05" in line for line in said)
    test = tested(sells)
    assert test["cut"] == "2011-03-27" and test["unseen"] is True


def test_cut_offs_of_few_customers_or_of_one_kind_are_left_out_and_without_any_the_reason_is_told(config: Config) -> None:
    start = dt.datetime(2011, 1, 1)
    churn = dataclasses.replace(config.churn, horizon_days=20, first_cut=dt.date(2011, 1, 1), last_cut=dt.date(2011, 4, 9), calibration_cut=dt.date(2011, 4, 10))
    recipe = dataclasses.replace(config, churn=churn)
    # One buyer of long ago; sixty who come on 1 February, all again on 15 February, half of them on 1 March and 1 April.
    rows = [("0", "0", "10001", start - dt.timedelta(days=2000))]
    for user in range(60):
        days = (31, 45, 59, 90) if user % 2 else (31, 45)
        rows += [(str(user + 1), f"{user}-{day}", "10001", start + dt.timedelta(days=day)) for day in days]
    with pytest.raises(ModelsError, match="Churn cannot be learned at 2011-04-10, which calibrates"):
        training_cuts(transactions(rows), recipe)
    recipe = dataclasses.replace(config, churn=dataclasses.replace(churn, calibration_cut=dt.date(2011, 3, 20)))
    cuts = training_cuts(transactions(rows), recipe)
    assert [cut.isoformat() for cut in cuts] == ["2011-02-05", "2011-02-12", "2011-02-19", "2011-02-26", "2011-03-19", "2011-03-26"]
    with pytest.raises(ModelsError, match="Churn cannot be learned from 2011-01-01 to 2011-04-09: a cut-off needs 50 customers"):
        training_cuts(transactions(rows[:100]), recipe)


def test_the_shipped_recipe_learns_from_all_its_cut_offs(shop: Transactions, config: Config) -> None:
    assert len(training_cuts(shop, config)) == 18
