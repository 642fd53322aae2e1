"""Full ranking of single answers: ranks, lists, and what they add up to, with confidence intervals over users."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..data.transactions import IntArray
from ..evaluation.ranking import Cases, FloatArray, Scorer, user_interval

CUTS = (1, 5, 10, 20)
LISTED = 20
COVERAGE_CUT = 10
_CHUNK = 512
_RESAMPLES = 500


@dataclass(frozen=True)
class Ranking:
    """Rank [n] of each case's answer (1 is best) and its first ``LISTED`` items [n, LISTED]."""

    ranks: IntArray
    lists: IntArray


def rank(scorer: Scorer, cases: Cases) -> Ranking:
    """Ranks all items for every case; excluded items come last, equal scores stand in index order."""
    ranks, lists = [], []
    for first in range(0, len(cases), _CHUNK):
        stop = min(first + _CHUNK, len(cases))
        scores = masked(torch.from_numpy(np.array(scorer(cases, first, stop), dtype=np.float32)), cases, first, stop)
        ranks.append(target_ranks(scores, torch.from_numpy(cases.wanted[first:stop])).numpy())
        # A stable sort of what may be listed only: torch.topk breaks ties as it likes.
        values, items = scores.topk(min(4 * LISTED, scores.shape[1] - 1), dim=1)
        order = np.lexsort((items.numpy(), -values.numpy()))[:, :LISTED]
        lists.append(np.take_along_axis(items.numpy(), order, axis=1))
    return Ranking(np.concatenate(ranks), np.concatenate(lists))


def masked(scores: torch.Tensor, cases: Cases, first: int, stop: int) -> torch.Tensor:
    """Scores [n, N + 1] with minus infinity for padding and excluded items, in place."""
    scores[:, 0] = -torch.inf
    sizes = np.diff(cases.excluded_offsets[first:stop + 1])
    rows = torch.from_numpy(np.repeat(np.arange(stop - first), sizes))
    columns = torch.from_numpy(cases.excluded[cases.excluded_offsets[first]:cases.excluded_offsets[stop]])
    scores[rows, columns] = -torch.inf
    return scores


def target_ranks(scores: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Rank [n] of the wanted item of each row: one more than the items before it (ties: lower index first). Where a score is no number, the wanted item is behind it."""
    own = scores.gather(1, wanted[:, None])
    ties = (scores == own) & (torch.arange(scores.shape[1])[None] < wanted[:, None])
    return 1 + (~(scores <= own)).sum(1) + ties.sum(1)


def sample(cases: Cases, count: int, seed: int) -> Cases:
    """At most ``count`` random cases."""
    chosen = np.zeros(len(cases), np.bool_)
    chosen[np.random.default_rng(seed).permutation(len(cases))[:count]] = True
    return cases.select(chosen)


def ndcg_of(ranks: torch.Tensor) -> torch.Tensor:
    """NDCG@10 of single answers with these ranks."""
    return torch.where(ranks <= 10, 1 / torch.log2(ranks.double() + 1), torch.zeros((), dtype=torch.float64))


def ndcg(scorer: Scorer, cases: Cases) -> float:
    """Mean NDCG@10 of questions with one answer each."""
    total = 0.0
    for first in range(0, len(cases), _CHUNK):
        stop = min(first + _CHUNK, len(cases))
        scores = masked(torch.from_numpy(scorer(cases, first, stop)), cases, first, stop)
        total += float(ndcg_of(target_ranks(scores, torch.from_numpy(cases.wanted[first:stop]))).sum())
    return total / max(len(cases), 1)


def summary(ranking: Ranking, cases: Cases, popularity: IntArray, seed: int) -> dict[str, float]:
    """HR, NDCG and MRR at ``CUTS``, coverage, novelty, HR by popularity of the answer, and 95 % intervals over users.

    Head are the most popular items with half of all training events, tail those with the last fifth. Novelty is the mean
    self-information (bits) of the listed items' popularity.
    """
    ranks = ranking.ranks
    values = {f"hr@{cut}": (ranks <= cut).astype(np.float64) for cut in CUTS}
    values |= {f"ndcg@{cut}": np.where(ranks <= cut, 1 / np.log2(ranks + 1.0), 0.0) for cut in CUTS[1:]}
    values |= {f"mrr@{cut}": np.where(ranks <= cut, 1 / ranks, 0.0) for cut in CUTS[1:]}
    result = {name: float(each.mean()) for name, each in values.items()}
    listed = ranking.lists[:, :COVERAGE_CUT]
    result[f"coverage@{COVERAGE_CUT}"] = len(np.unique(listed)) / (len(popularity) - 1)
    share = (popularity + 1.0) / (popularity.sum() + len(popularity))
    result[f"novelty@{COVERAGE_CUT}"] = float(-np.log2(share[listed]).mean())
    group = popularity_groups(popularity)[cases.wanted]
    for at, name in enumerate(("head", "mid", "tail")):
        if (group == at).any():
            result[f"hr@10 {name}"] = float(values["hr@10"][group == at].mean())
    for name in ("hr@10", "ndcg@10", "hr@20", "mrr@20"):
        result[f"{name} low"], result[f"{name} high"] = user_interval(values[name], cases, seed, _RESAMPLES)
    return result


def popularity_groups(popularity: IntArray) -> IntArray:
    """0 head, 1 middle, 2 tail for each item index."""
    order = np.argsort(-popularity, kind="stable")
    before = np.concatenate([[0], np.cumsum(popularity[order])[:-1]]) / max(popularity.sum(), 1)
    groups = np.empty(len(popularity), np.int64)
    groups[order] = np.searchsorted([0.5, 0.8], before, side="right")
    return groups
