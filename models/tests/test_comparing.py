"""What may replace what serves: the same questions to both, with the inputs that silos build, and what needs no training beside them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ITEMS, transactions

from personalization_models.config import ChurnConfig, Config
from personalization_models.data.transactions import EventLog, build_log, epoch_seconds
from personalization_models.evaluation.ranking import Cases, next_event_cases
from personalization_models.evaluation.scoring import model_scorer
from personalization_models.network.network import Network
from personalization_models.training import comparing
from personalization_models.training.comparing import Verdict, compare, known_to, shortcoming, translated
from personalization_models.training.next_item import create_network

DAY = 86_400
COMMON = [f"{10_000 + at}" for at in range(ITEMS + 10)]


def asked(*users: list[tuple[int, int]]) -> Cases:
    """The last event (item, day) of each user, after those before it."""
    sizes = [len(user) for user in users]
    items, days = (np.array([event[at] for user in users for event in user]) for at in (0, 1))
    log = EventLog(tuple(map(str, range(len(users)))), np.cumsum([0, *sizes]), items, np.full(len(items), 2), days * DAY, np.arange(len(items)))
    ends = log.offsets[1:] - 1
    return Cases(log, log.offsets[:-1], ends, log.times[ends], log.items[ends], np.arange(len(users) + 1), np.zeros(0, np.int64), np.zeros(len(users) + 1, np.int64))


def test_what_a_network_does_not_know_is_not_in_the_histories_that_it_is_asked_with(network: Network) -> None:
    own = COMMON[10:]  # what the common vocabulary calls 11 is its 1
    cases = asked([(11, 0), (3, 1), (15, 5), (4, 6), (20, 8)], [(25, 0), (5, 4), (12, 5)], [(13, 0), (14, 2), (18, 3)])
    without = asked([(1, 0), (5, 5), (10, 8)], [(15, 0), (2, 5)], [(3, 0), (4, 2), (8, 3)])
    # Silos count from the newest event, whatever its item: two days and one, not three and five.
    without = dataclasses.replace(without, times=without.log.times[without.ends - 1] + np.array([2, 1, 1]) * DAY)
    expected = model_scorer(network, network.settings)(without, 0, 3)
    scores = translated(network, own, COMMON, cases)(cases, 0, 3)
    assert np.allclose(scores[:, 11:], expected[:, 1:], atol=1e-4)
    assert (scores[:, 1:11] < expected[:, 1:].min()).all(), "what it does not know is last"
    assert np.array_equal(translated(network, own, COMMON, cases)(cases, 1, 3), scores[1:])


def test_a_history_of_nothing_known_scores_nothing(network: Network) -> None:
    cases = asked([(31, 0), (32, 1), (2, 2)], [(1, 0), (31, 1)])
    gains = comparing._gains(translated(network, COMMON[:ITEMS], COMMON, cases), cases)
    assert gains.tolist() == [0, 0] and len(known_to(np.zeros(len(COMMON) + 1, np.int64), cases).log.items) == 0
    nothing = translated(network, ["of another shop"] * ITEMS, COMMON, cases)
    assert comparing._gains(nothing, cases).tolist() == [0, 0]


def test_packages_of_different_vocabularies_answer_the_same_questions_in_their_own_words(small: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    start = dt.datetime(2011, 8, 20)
    shop = transactions([(str(user), f"{user}-{at}", f"{10_000 + (user + at) % 30}", start + dt.timedelta(days=at, minutes=user))
                         for user in range(60) for at in range(30)])
    vocabularies = {"all": COMMON[:30], "backward": COMMON[29::-1], "last": COMMON[10:30]}

    def load(folder: Path, _: object) -> tuple[Network, dict[str, Any], list[str]]:
        log = build_log(shop, vocabularies[folder.name])
        network = create_network(log, len(vocabularies[folder.name]), small).eval()
        network.neighbours.fit(log)
        network.neighbours.shares.copy_(torch.tensor([0.95, 0.95]))
        return network, model_json(), vocabularies[folder.name]

    monkeypatch.setattr(comparing, "load_network", load)
    config = dataclasses.replace(small, data=dataclasses.replace(small.data, test_start=dt.date(2011, 9, 9)))
    same = compare(Path("all"), Path("backward"), shop, config)
    assert same.champion == pytest.approx(same.challenger, abs=0.01) and same.champion > 0.9
    fewer = compare(Path("all"), Path("last"), shop, config)
    assert fewer.cases == same.cases and fewer.champion == same.champion
    cases = next_event_cases(build_log(shop, COMMON[:30]), epoch_seconds(config.data.test_start), 5, config.seed)
    assert fewer.challenger == pytest.approx((cases.wanted > 10).mean() * fewer.champion, abs=0.06), "a third of what is bought it cannot name"


@pytest.mark.parametrize(("challenger", "low", "reason"), [
    (0.21, 0.001, None), (0.21, -0.0019, None), (0.21, -0.003, "may be 0.0030 below the champion's"),
    (0.20, 0.001, "of 0.2000 is not above the champion's 0.2000"), (0.19, 0.001, "is not above")])
def test_a_challenger_replaces_the_champion_where_it_is_better_and_not_by_chance_alone_worse(challenger: float, low: float, reason: str | None) -> None:
    refusal = Verdict(0.2, challenger, low, 0.03, 100, 50, dt.date(2011, 9, 9)).refusal
    assert (refusal is None) == (reason is None) and (reason or "") in (refusal or "")


def test_of_few_shoppers_nothing_can_be_told() -> None:
    assert Verdict(0.1, 0.15, 0.05, 0.05, 200, 49, dt.date(2011, 9, 9)).refusal == "49 shoppers were asked about, and of fewer than 50 a difference is chance"
    assert "0 shoppers were asked about" in (shortcoming(model_json(0.0, 0.0, 0.0, users=0)) or "") and shortcoming(model_json(users=49)) is not None


def test_a_champion_is_asked_with_the_window_that_it_is_served_with_and_about_days_that_it_has_not_seen(small: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    start = dt.datetime(2011, 7, 20)
    # Everybody comes back to a favourite of a month ago.
    shop = transactions([(str(user), f"{user}-{at}", f"{10_000 + (user + (at - 24 if 25 <= at < 51 else 0)) % 30}", start + dt.timedelta(days=at, minutes=user))
                         for user in range(60) for at in range(60)])
    tested = {"older": "2011-09-02", "newer": "2011-09-12"}

    def load(folder: Path, churn: ChurnConfig) -> tuple[Network, dict[str, Any], list[str]]:
        network = create_network(build_log(shop, COMMON[:30]), 30, dataclasses.replace(small, churn=churn)).eval()
        network.own.shares.copy_(torch.tensor([0.9, 0.9]))
        return network, model_json(tested=tested[folder.name]), COMMON[:30]

    def compared(champion: str, window: int) -> Verdict:
        config = dataclasses.replace(small, data=dataclasses.replace(small.data, test_start=dt.date(2011, 9, 9)), churn=dataclasses.replace(small.churn, window=window))
        return compare(Path(champion), Path("older"), shop, config)

    monkeypatch.setattr(comparing, "load_network", load)
    assert compared("older", small.encoder.max_length) == compared("older", 128)
    assert compared("older", 128).champion > 0.9
    assert compared("older", 128).since == dt.date(2011, 9, 9) and compared("newer", 128).since == dt.date(2011, 9, 12)
    log = build_log(shop, COMMON[:30])
    for champion, day in (("older", 9), ("newer", 12)):
        assert compared(champion, 128).cases == len(next_event_cases(log, epoch_seconds(dt.date(2011, 9, day)), 5, small.seed)) and compared(champion, 128).users == 60


def model_json(ndcg: float = 0.2, popularity: float = 0.1, recent: float = 0.15, churn: float = 0.75, recency: float = 0.7, customers: int = 200,
               rate: float = 0.4, users: int = 50, tested: str = "2011-09-09") -> dict[str, Any]:
    asked = {"model": {"ndcg@10": ndcg}, "popularity": {"ndcg@10": popularity}, "recentPopularity": {"ndcg@10": recent}, "recentPopularity7": {"ndcg@10": 0.01}}
    return {"metrics": {"nextItem": asked, "churn": {"model": {"auc": churn}, "recency": {"auc": recency}}},
            "training": {"churnTest": {"customers": customers, "rate": rate}, "testUsers": users, "split": {"test": f">= {tested}"}}, "maxLength": 128}


@pytest.mark.parametrize(("model", "reason"), [
    (model_json(), None), (model_json(ndcg=0.15), None),
    (model_json(ndcg=0.14), "ndcg@10 of 0.1400 is below the 0.1500 of recentPopularity"),
    (model_json(ndcg=0.14, popularity=0.16), "below the 0.1600 of popularity"),
    (model_json(churn=0.69), "churn AUC of 0.6900 is below the 0.7000"), (model_json(churn=0.7), None),
    (model_json(churn=0.5, customers=90), None), (model_json(churn=0.5, rate=0.1), None), (model_json(churn=0.5, rate=0.9), None)])
def test_a_package_has_to_beat_what_needs_no_training_where_there_is_enough_to_tell(model: dict[str, Any], reason: str | None) -> None:
    told = shortcoming(model)
    assert (told is None) == (reason is None) and (reason or "") in (told or "")
