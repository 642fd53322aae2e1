"""Churn metrics say what they claim."""

from __future__ import annotations

import numpy as np
import pytest

from personalization_models.churn import ChurnSamples
from personalization_models.churn_evaluation import auc_gain, bg_nbd, churn_metrics
from personalization_models.sequences import Inputs


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
    samples = ChurnSamples(np.arange(4000).astype(str), Inputs(nothing, nothing, nothing), np.zeros(4000, np.float32), bought == 0,
                           np.array(rows))
    expected, silent = bg_nbd(samples, int(7 * horizon))
    assert expected.mean() == pytest.approx(bought.mean(), rel=0.1)
    assert silent.mean() == pytest.approx((bought == 0).mean(), abs=0.03) and churn_metrics(silent, bought == 0)["ece"] < 0.04
