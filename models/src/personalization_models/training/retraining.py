"""From the cluster's own events to a new package that is published only if it beats the one that serves."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..config import Config, DataConfig
from ..data.transactions import DAY_SECONDS, Transactions
from ..errors import ModelsError
from ..packages.package import highest_version
from ..packages.publishing import publish
from ..packages.weights import load_network
from ..pipeline import train_package
from .comparing import compare, shortcoming

RECENT_SECONDS = DAY_SECONDS  # silos' default (Personalization:Ranking:RecentWindow); data.recent_seconds of a recipe is another
_STRAY = 0.01  # share of the purchases that may be older than the time that is learned from: one wrong clock must not set all dates
_CHALLENGER = ".challenger-"
_ABANDONED_SECONDS = DAY_SECONDS  # a challenger's folder this old is of a run that was killed


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
    """Trains, compares on the newest days, and publishes ``packages/name/version``; None, and said why, where nothing is published.

    It knows all available items of the catalogue, as the champion may: both are asked as they are served. Without a ``champion`` the highest
    version that is there is it; a shop's first package has none, and what needs no training to beat. ``initial`` is an encoder to start from.
    """
    config = dated(config, transactions, holdout_days)
    shop = packages / config.name
    newest = highest_version(shop)
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
        fresh = waiting / config.name
        config = dataclasses.replace(config, version=str(newest + 1), package=dataclasses.replace(config.package, output=fresh))
        reason = shortcoming(train_package(config, say, transactions, initial, new_items=True))
        if champion is not None and reason is None:
            verdict = compare(champion, fresh, transactions, config)
            if verdict.since > config.data.test_start:
                say(f"{champion} has learned from what is before {verdict.since}: both are asked about the days from then on")
            say(f"since {verdict.since}, {verdict.cases} questions about {verdict.users} shoppers: ndcg@10 of the champion {verdict.champion:.4f}, of the challenger "
                f"{verdict.challenger:.4f}, difference {verdict.low:+.4f} to {verdict.high:+.4f} (95 %)")
            reason = verdict.refusal
        if reason is not None:
            say(f"Not published: {reason}.")
            return None
        published = publish(fresh, shop)
        say(f"published: {published}")
        return published
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def _day(seconds: float) -> dt.date:
    return dt.datetime.fromtimestamp(int(seconds), dt.timezone.utc).date()

