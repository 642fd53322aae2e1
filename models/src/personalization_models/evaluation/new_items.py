"""Items that a package does not know yet: vectors from their content alone, and how well shoppers' first purchases of them are foreseen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..config import Config
from ..data.content import Item
from ..data.transactions import Transactions, build_log, epoch_seconds
from ..errors import ModelsError
from ..network.network import Network
from .baselines import popularity_baselines
from .ranking import Cases, Scorer, next_event_cases, ranking_metrics
from .scoring import model_scorer, transformer_scorer

CASES_PER_USER = 5


def grown(network: Network, vocabulary: list[str], catalogue: Mapping[str, Item]) -> tuple[Network, list[str]]:
    """The network and its vocabulary with the available items of the catalogue that it lacks, behind those that it knows."""
    if network.content is None:
        raise ModelsError("This package was trained without item content: it cannot know new items. Add [content] to its configuration and train.")
    known = set(vocabulary)
    new = sorted(name for name, item in catalogue.items() if name not in known and item.get("available") is not False)
    if not new:
        return network, vocabulary
    return network.with_items(network.content.schema.features(catalogue[name] for name in new)), [*vocabulary, *new]


def new_item_metrics(network: Network, transactions: Transactions, vocabulary: list[str], catalogue: Mapping[str, Item],
                     config: Config) -> dict[str, dict[str, object]]:
    """Purchases from ``test_start`` on of items that training never saw: ranked among all items, and among the new ones alone.

    Up to five random ones a user. Only recent popularity, which rolls on through the test, has seen the new items too.
    """
    larger, names = grown(network, vocabulary, catalogue)
    since, known = epoch_seconds(config.data.test_start), len(vocabulary)
    log = build_log(transactions, names)
    cases = next_event_cases(log, since, CASES_PER_USER, config.seed, log.items > known, recent_seconds=config.data.recent_seconds)
    scorers = {"model": model_scorer(larger, config.encoder), "transformerAlone": transformer_scorer(larger, config.encoder),
               **popularity_baselines(log, since, len(names))}
    counts = {"items": len(names) - known, "cases": len(cases)}
    return {
        "amongAll": {**counts, **{name: ranking_metrics(scorer, cases) for name, scorer in scorers.items()}},
        "amongNew": {**counts, **{name: ranking_metrics(only_after(scorer, known), cases) for name, scorer in scorers.items()}},
    }


def only_after(scorer: Scorer, known: int) -> Scorer:
    """Scores in which the first ``known`` items are out of the question."""
    def score(cases: Cases, first: int, stop: int) -> np.ndarray:
        scores = np.array(scorer(cases, first, stop), dtype=np.float64)
        scores[:, :known + 1] = -np.inf
        return scores

    return score
