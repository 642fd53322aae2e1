"""From the cluster's own events to a new package that is published only if it beats the one that serves."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..config import Config, DataConfig
from ..data.transactions import Transactions, build_log, epoch_seconds
from ..errors import ModelsError
from ..evaluation.ranking import Cases, Scorer, next_event_cases, user_interval
from ..evaluation.scoring import model_scorer
from ..network.network import Network
from ..packages.package import highest_version
from ..packages.weights import load_network
from ..pipeline import TEST_CASES_PER_USER, train_package
from ..benchmark.ranking import masked, target_ranks

RECENT_SECONDS = 86_400  # silos' default (Personalization:Ranking:RecentWindow); data.recent_seconds of a recipe is another
_STRAY = 0.01  # share of the purchases that may be older than the time that is learned from: one wrong clock must not set all dates
_CHALLENGER = ".challenger-"
_ABANDONED_SECONDS = 86_400  # a challenger's folder this old is of a run that was killed
_UNKNOWN = -1e9
_CHUNK = 512


@dataclass(frozen=True)
class Verdict:
    """NDCG@10 of both on the newest days, and the 95 % interval of the paired difference (bootstrap over users)."""

    champion: float
    challenger: float
    low: float
    high: float
    cases: int

    @property
    def better(self) -> bool:
        """Whether the challenger may replace the champion: better on average, and not by chance alone worse."""
        return self.challenger > self.champion and self.low > -0.002


def dated(config: Config, transactions: Transactions, holdout_days: int) -> Config:
    """The recipe for a shop's own events: its dates are counted back from the newest one, and what silos do not show is not asked for.

    The first cut-off for churn has a horizon of purchases behind it: a head that saw a week of each life cannot judge whole ones. Raises
    :class:`ModelsError` if the log is too short for that, or holds no purchase.
    """
    validation_start, test_start = holdout(transactions, holdout_days)
    bought = transactions.purchases.time
    if not len(bought):
        raise ModelsError("The events hold no purchase: there is nothing to measure on, and nobody whose leaving could be learned.")
    horizon = dt.timedelta(days=config.churn.horizon_days)
    since = _day(np.quantile(bought, _STRAY))
    last_cut, first_cut = validation_start - horizon, since + horizon
    if first_cut > last_cut:
        raise ModelsError(f"Purchases since {since} and events until {_day(transactions.rows.time.max())} are too few days: churn within {horizon.days} days, "
                          f"as long a time before the first that are judged, and two times {holdout_days} days for measuring need "
                          f"{2 * (horizon.days + holdout_days)}. Export more days (the topic's retention), or set a smaller churn.horizon_days.")
    return dataclasses.replace(
        config,
        data=dataclasses.replace(config.data, source=DataConfig.source, validation_start=validation_start, test_start=test_start,
                                 recent_seconds=config.data.recent_seconds or RECENT_SECONDS),
        churn=dataclasses.replace(config.churn, first_cut=first_cut, last_cut=last_cut, calibration_cut=test_start - horizon))


def holdout(transactions: Transactions, days: int) -> tuple[dt.date, dt.date]:
    """Where validation and test start when each has so many of the newest days; raises :class:`ModelsError` where that is none."""
    if days < 1:
        raise ModelsError(f"--days must be at least 1, not {days}.")
    test_start = _day(transactions.rows.time.max()) + dt.timedelta(days=1 - days)
    return test_start - dt.timedelta(days=days), test_start


def with_catalogue(config: Config, catalogue: Path | None) -> Config:
    """The recipe with another catalogue; raises :class:`ModelsError` where the recipe knows no content."""
    if catalogue is None:
        return config
    if config.content is None:
        raise ModelsError("A catalogue needs [content] in the configuration.")
    return dataclasses.replace(config, content=dataclasses.replace(config.content, catalogue=catalogue))


def retrain(config: Config, transactions: Transactions, champion: Path | None, packages: Path, holdout_days: int,
            say: Callable[[str], None], initial: Path | None = None) -> Path | None:
    """Trains, compares on the newest days, and publishes ``packages/name/version``; None where the champion stays.

    Without a ``champion`` the highest version that is there is it; a shop's first package has none. ``initial`` is an encoder to start from.
    """
    config = dated(config, transactions, holdout_days)
    shop = packages / config.name
    newest = highest_version(shop)
    version = str(newest + 1)
    if champion is None and newest:
        champion = shop / str(newest)
    if champion is not None:
        load_network(champion, config.churn)  # a champion that cannot be measured is told before the training, not after
    shop.mkdir(parents=True, exist_ok=True)
    for abandoned in shop.glob(f"{_CHALLENGER}*"):
        if time.time() - abandoned.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(abandoned, ignore_errors=True)
    waiting = Path(tempfile.mkdtemp(prefix=_CHALLENGER, dir=shop))
    try:
        fresh = waiting / config.name / version
        config = dataclasses.replace(config, version=version, package=dataclasses.replace(config.package, output=fresh))
        train_package(config, say, transactions, initial)
        if champion is not None:
            verdict = compare(champion, fresh, transactions, config)
            say(f"newest {holdout_days} days, {verdict.cases} questions: ndcg@10 of the champion {verdict.champion:.4f}, of the challenger "
                f"{verdict.challenger:.4f}, difference {verdict.low:+.4f} to {verdict.high:+.4f} (95 %)")
            if not verdict.better:
                say("The challenger is not better: the champion stays.")
                return None
        os.replace(fresh, shop / version)
        say(f"published: {shop / version}")
        return shop / version
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def compare(champion: Path, challenger: Path, transactions: Transactions, config: Config) -> Verdict:
    """Both packages on the same questions; what a model does not know, it cannot hit.

    Their churn heads are not asked, so that the champion may be of a release that had another one.
    """
    known = [load_network(folder, config.churn) for folder in (champion, challenger)]
    vocabulary = sorted({item for _, _, items in known for item in items})
    log = build_log(transactions, vocabulary)
    cases = next_event_cases(log, epoch_seconds(config.data.test_start), TEST_CASES_PER_USER, config.seed, recent_seconds=config.data.recent_seconds)
    if not len(cases):
        raise ModelsError("The newest days hold no purchase by a shopper with a history: there is nothing to compare on.")
    old, new = (_gains(translated(network, items, vocabulary), cases) for network, _, items in known)
    return Verdict(float(old.mean()), float(new.mean()), *user_interval(new - old, cases, config.seed), len(cases))


def translated(network: Network, own: list[str], common: list[str]) -> Scorer:
    """Scores over a common vocabulary of a network that has its own; items that it does not know are last."""
    index = {item: at for at, item in enumerate(own, 1)}
    to_own = np.array([0, *(index.get(item, 0) for item in common)])

    def score(cases: Cases, first: int, stop: int) -> np.ndarray:
        known = to_own[cases.log.items]
        log = dataclasses.replace(cases.log, items=known, actions=np.where(known > 0, cases.log.actions, 0))
        scores = model_scorer(network, network.settings)(dataclasses.replace(cases, log=log), first, stop)
        return np.where(to_own > 0, scores[:, to_own], _UNKNOWN)

    return score


def _day(seconds: float) -> dt.date:
    return dt.datetime.fromtimestamp(int(seconds), dt.timezone.utc).date()


def _gains(scorer: Scorer, cases: Cases) -> np.ndarray:
    gains = []
    for first in range(0, len(cases), _CHUNK):
        stop = min(first + _CHUNK, len(cases))
        scores = masked(torch.from_numpy(np.array(scorer(cases, first, stop), np.float32)), cases, first, stop)
        ranks = target_ranks(scores, torch.from_numpy(cases.wanted[first:stop])).double().numpy()
        gains.append(np.where(ranks <= 10, 1 / np.log2(ranks + 1), 0.0))
    return np.concatenate(gains)

