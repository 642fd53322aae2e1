"""Churn metrics say what they claim."""

from __future__ import annotations

import numpy as np
import pytest

from personalization_models.churn_evaluation import auc_gain, churn_metrics


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
