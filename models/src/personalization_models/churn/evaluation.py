"""How good churn scores are, beside recency, frequency, BG/NBD and gradient boosting."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import gammaln, hyp2f1
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, roc_auc_score

from ..config import ChurnConfig
from ..data.sequences import BoolArray
from .samples import ChurnSamples, FloatArray, joined
from .training import fold_of, folds, platt

ECE_BINS = 10
RESAMPLES = 1000
BOOSTED_FEATURES = slice(0, 5)
RECENCY, FREQUENCY, TENURE, PURCHASE_DAYS = 0, 1, 2, 5


def churn_metrics(scores: FloatArray, churned: BoolArray, are_probabilities: bool = True) -> dict[str, Any]:
    """AUC with its 95 % bootstrap interval over customers, PR-AUC, and lift: churn in the top decile over churn in all.

    Of probabilities also the Brier score, the expected calibration error (ten equal-width bins), and the bins themselves.
    """
    low, high = _interval(lambda rows: roc_auc_score(churned[rows], scores[rows]), churned)
    top = np.argsort(-scores, kind="stable")[:max(len(scores) // 10, 1)]
    metrics: dict[str, Any] = {
        "auc": float(roc_auc_score(churned, scores)), "aucLow": low, "aucHigh": high,
        "prAuc": float(average_precision_score(churned, scores)), "lift": float(churned[top].mean() / churned.mean())}
    if are_probabilities:
        bins = reliability(scores, churned)
        error = sum(abs(each["predicted"] - each["observed"]) * each["customers"] for each in bins) / len(scores)
        metrics |= {"brier": float(((scores - churned) ** 2).mean()), "ece": float(error), "reliability": bins}
    return metrics


def reliability(probabilities: FloatArray, churned: BoolArray) -> list[dict[str, float]]:
    """Mean prediction, observed share and customers of each bin that is not empty."""
    bins = np.minimum((probabilities * ECE_BINS).astype(int), ECE_BINS - 1)
    return [{"predicted": float(probabilities[bins == at].mean()), "observed": float(churned[bins == at].mean()),
             "customers": int((bins == at).sum())} for at in np.unique(bins)]


def auc_gain(scores: FloatArray, others: FloatArray, churned: BoolArray) -> dict[str, float]:
    """How much higher the AUC of ``scores`` is, with the 95 % interval of the paired difference (bootstrap over customers)."""
    def gain(rows: npt.NDArray[np.int64]) -> float:
        return float(roc_auc_score(churned[rows], scores[rows]) - roc_auc_score(churned[rows], others[rows]))

    low, high = _interval(gain, churned)
    return {"mean": gain(np.arange(len(churned))), "low": low, "high": high}


def churn_comparison(model: FloatArray, parts: list[ChurnSamples], calibration: ChurnSamples, test: ChurnSamples,
                     config: ChurnConfig) -> dict[str, dict[str, Any]]:
    """The model's probabilities on ``test`` beside all baselines; what learns, learns and is calibrated as the model is."""
    boosted = boosted_rfm(parts, calibration, test, config)
    expected, silent = bg_nbd(test, config.horizon_days)
    return {
        "model": {**churn_metrics(model, test.churned), "aucGainOverBoosting": auc_gain(model, boosted, test.churned)},
        "recency": churn_metrics(test.features[:, RECENCY], test.churned, are_probabilities=False),
        "frequency": churn_metrics(-test.features[:, FREQUENCY], test.churned, are_probabilities=False),
        "bgNbdExpectedPurchases": churn_metrics(-expected, test.churned, are_probabilities=False),
        "bgNbdNoPurchase": churn_metrics(silent, test.churned),
        "rfmGradientBoosting": churn_metrics(boosted, test.churned),
    }


def boosted_rfm(parts: list[ChurnSamples], calibration: ChurnSamples, test: ChurnSamples, config: ChurnConfig) -> FloatArray:
    """Probabilities of gradient boosting on recency, frequency, tenure, spending and rows of the whole history."""
    def fitted(samples: ChurnSamples) -> HistGradientBoostingClassifier:
        boosting = HistGradientBoostingClassifier(max_depth=3, learning_rate=0.05, max_iter=150, random_state=0)
        return boosting.fit(samples.features[:, BOOSTED_FEATURES], samples.churned)

    train = joined(parts)
    fold = folds(train, config.members, np.random.default_rng(0))
    whole, members = fitted(train), [fitted(train.select(fold != number)) for number in range(config.members)]

    def unseen(samples: ChurnSamples) -> FloatArray:
        own, logits = fold_of(samples, train, fold), whole.decision_function(samples.features[:, BOOSTED_FEATURES])
        for number, member in enumerate(members):
            if (own == number).any():
                logits[own == number] = member.decision_function(samples.features[own == number, BOOSTED_FEATURES])
        return logits

    scale, shift = platt(np.concatenate([unseen(train), unseen(calibration)]), [*parts, calibration])
    asked = unseen(test) if test is calibration else whole.decision_function(test.features[:, BOOSTED_FEATURES])
    return 1 / (1 + np.exp(-(scale * asked + shift)))


def bg_nbd(samples: ChurnSamples, horizon_days: int) -> tuple[FloatArray, FloatArray]:
    """Expected purchases and P(no purchase) within the horizon by BG/NBD (Fader, Hardie and Lee, Marketing Science 2005).

    Fitted on the samples' own purchase days up to their cut-off: the model needs no labels.
    """
    repeats, recency, age = _repeat_purchases(samples)
    r, alpha, a, b = np.exp(_fit_bg_nbd(repeats, recency, age))
    weeks = horizon_days / 7
    gone = np.where(repeats > 0, a / (b + np.maximum(repeats, 1) - 1) * ((alpha + age) / (alpha + recency)) ** (r + repeats), 0.0)
    still = ((alpha + age) / (alpha + age + weeks)) ** (r + repeats)
    share = hyp2f1(r + repeats, b + repeats, a + b + repeats - 1, weeks / (alpha + age + weeks))
    expected = (a + b + repeats - 1) / (a - 1) * (1 - still * share) / (1 + gone)
    return expected, 1 - (1 - still) / (1 + gone)


def _repeat_purchases(samples: ChurnSamples) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Repeat purchases (days after the first), weeks from the first to the last, weeks from the first to the cut-off."""
    age = samples.features[:, TENURE] / 7
    repeats = samples.features[:, PURCHASE_DAYS] - 1
    return repeats, np.where(repeats > 0, age - samples.features[:, RECENCY] / 7, 0.0), age


def _fit_bg_nbd(repeats: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
    again = repeats > 0

    def loss(parameters: FloatArray) -> float:
        r, alpha, a, b = np.exp(parameters)
        shared = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha)
        shared += gammaln(a + b) + gammaln(b + repeats) - gammaln(b) - gammaln(a + b + repeats)
        stayed = -(r + repeats) * np.log(alpha + age)
        left = np.where(again, np.log(a) - np.log(b + np.maximum(repeats, 1) - 1) - (r + repeats) * np.log(alpha + recency), -np.inf)
        return -float((shared + np.logaddexp(stayed, left)).mean()) + 1e-3 * float(np.square(parameters).mean())

    return np.asarray(minimize(loss, np.zeros(4), method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-4, "fatol": 1e-7}).x)


def _interval(measure: Any, churned: BoolArray) -> tuple[float, float]:
    rng, values = np.random.default_rng(0), []
    for _ in range(RESAMPLES):
        rows = rng.integers(0, len(churned), len(churned))
        if churned[rows].any() and not churned[rows].all():
            values.append(measure(rows))
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))
