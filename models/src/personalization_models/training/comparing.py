"""What may replace what serves: champion and challenger asked the same questions, and a package beside what needs no training."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..benchmark.interactions import subset
from ..benchmark.ranking import masked, ndcg_of, target_ranks
from ..config import Config
from ..data.transactions import IntArray, Transactions, build_log, epoch_seconds
from ..errors import ModelsError
from ..evaluation.baselines import POPULARITY_BASELINES
from ..evaluation.ranking import Cases, FloatArray, Scorer, next_event_cases, user_interval
from ..evaluation.scoring import model_scorer
from ..network.network import Network
from ..packages.weights import load_network
from ..pipeline import TEST_CASES_PER_USER, tested_from

MOST_LOSS = 0.002  # of NDCG@10, that chance may hide
LEAST_USERS = 50  # different shoppers who are asked about: of fewer the resamples are too alike to show what is chance
LEAST_LABELS = 50  # customers who left, and as many who stayed: an area under the curve of fewer is chance
_UNKNOWN = -1e9
_CHUNK = 512


@dataclass(frozen=True)
class Verdict:
    """NDCG@10 of both on the days from ``since`` on, and the 95 % interval of the paired difference (bootstrap over users)."""

    champion: float
    challenger: float
    low: float
    high: float
    cases: int
    users: int
    since: dt.date

    @property
    def refusal(self) -> str | None:
        """Why the challenger may not replace the champion: too few asked, not better on average, or by chance alone worse; None where it may."""
        if (few := _too_few(self.users)) is not None:
            return few
        if self.challenger <= self.champion:
            return f"its ndcg@10 of {self.challenger:.4f} is not above the champion's {self.champion:.4f}"
        if self.low <= -MOST_LOSS:
            return f"its ndcg@10 may be {-self.low:.4f} below the champion's (95 %), which is more than {MOST_LOSS}"
        return None


def compare(champion: Path, challenger: Path, transactions: Transactions, config: Config) -> Verdict:
    """Both packages on the same questions, each as it is served; what a model does not know, it cannot hit.

    Nothing is asked of days that one of them has learned from. Their churn heads are not asked, so that the champion may be of a release
    that had another one.
    """
    known = [load_network(folder, config.churn) for folder in (champion, challenger)]
    for network, model, _ in known:
        network.window = model["maxLength"]
    vocabulary = sorted({item for _, _, items in known for item in items})
    log = build_log(transactions, vocabulary)
    since = max(config.data.test_start, *(tested_from(model) for _, model, _ in known))
    cases = next_event_cases(log, epoch_seconds(since), TEST_CASES_PER_USER, config.seed, recent_seconds=config.data.recent_seconds)
    if not len(cases):
        raise ModelsError(f"The days since {since} hold no purchase by a shopper with a history: there is nothing to compare on.")
    old, new = (_gains(translated(network, items, vocabulary, cases), cases) for network, _, items in known)
    return Verdict(float(old.mean()), float(new.mean()), *user_interval(new - old, cases, config.seed), len(cases), cases.users, since)


def translated(network: Network, own: list[str], common: list[str], cases: Cases) -> Scorer:
    """Scores of ``cases`` of a common vocabulary by a network that has its own. What it does not know is not in the histories that it is asked
    with, as silos leave it out, and is last; where nothing is left, nothing has a score, as silos show what is popular then."""
    index = {item: at for at, item in enumerate(own, 1)}
    to_own = np.array([0, *(index.get(item, 0) for item in common)])
    asked = known_to(to_own, cases)
    scorer = model_scorer(network, network.settings)

    def score(_: Cases, first: int, stop: int) -> np.ndarray:
        some = asked.ends[first:stop] > asked.starts[first:stop]
        scores = np.full((stop - first, len(to_own)), _UNKNOWN, np.float32)
        if some.any():
            chosen = np.zeros(len(asked), np.bool_)
            chosen[first:stop] = some
            scores[some] = np.where(to_own > 0, scorer(asked.select(chosen), 0, int(some.sum()))[:, to_own], _UNKNOWN)
        return scores

    return score


def known_to(to_own: IntArray, cases: Cases) -> Cases:
    """The histories of ``cases`` with the indices ``to_own`` [N + 1] gives their items, 0 = left out.

    Asked as long after the newest event as before, whatever item that was of.
    """
    log, keep = cases.log, to_own[cases.log.items] > 0
    before = np.concatenate([[0], np.cumsum(keep)])
    own = subset(log, keep)
    own = dataclasses.replace(own, items=to_own[own.items])
    starts, ends = before[cases.starts], before[cases.ends]
    newest = np.where(ends > starts, own.times[ends - 1] if len(own.times) else 0, 0)
    return dataclasses.replace(cases, log=own, starts=starts, ends=ends, times=newest + cases.times - log.times[cases.ends - 1])


def shortcoming(model: Mapping[str, Any]) -> str | None:
    """Why a package may not be published whatever serves, by the metrics of its ``model.json``; None where it may.

    Of enough shoppers it has to find the next item at least as well as the best of what looks at no history, and where enough customers
    left and stayed to tell, its churn scores must order them at least as well as the days since their purchases.
    """
    if (few := _too_few(model["training"]["testUsers"])) is not None:
        return few
    asked, churn, customers = (model["metrics"]["nextItem"], model["metrics"]["churn"], model["training"]["churnTest"])
    own, best = asked["model"]["ndcg@10"], max(POPULARITY_BASELINES, key=lambda name: asked[name]["ndcg@10"])
    if own < asked[best]["ndcg@10"]:
        return f"its ndcg@10 of {own:.4f} is below the {asked[best]['ndcg@10']:.4f} of {best}, which knows no shopper"
    left = round(customers["rate"] * customers["customers"])
    area, recency = churn["model"]["auc"], churn["recency"]["auc"]
    if min(left, customers["customers"] - left) >= LEAST_LABELS and area < recency:
        return f"its churn AUC of {area:.4f} is below the {recency:.4f} of the days since the last purchase"
    return None


def _too_few(users: int) -> str | None:
    return f"{users} shoppers were asked about, and of fewer than {LEAST_USERS} a difference is chance" if users < LEAST_USERS else None


def _gains(scorer: Scorer, cases: Cases) -> FloatArray:
    """NDCG@10 of each case [n]; an item without a score is not found."""
    gains = []
    for first in range(0, len(cases), _CHUNK):
        stop = min(first + _CHUNK, len(cases))
        scores = masked(torch.from_numpy(np.array(scorer(cases, first, stop), np.float32)), cases, first, stop)
        wanted = torch.from_numpy(cases.wanted[first:stop])
        known = (scores.gather(1, wanted[:, None])[:, 0] > _UNKNOWN).numpy()
        gains.append(known * ndcg_of(target_ranks(scores, wanted)).numpy())
    return np.concatenate(gains)
