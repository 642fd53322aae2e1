"""Rows with known answers, so that another runtime can prove that it computes the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..config import Config
from ..data.sequences import build_inputs
from ..data.transactions import ACTIONS, DAY_SECONDS, EventLog
from ..evaluation.scoring import tensors
from ..network.network import Network

TOLERANCE = 1e-4
HALF_TOLERANCE = 0.05  # a 16-bit product has 11 bits; what they round otherwise elsewhere, scores add up
TOP = 20


def parity_rows(network: Network, log: EventLog, config: Config, tolerance: float = TOLERANCE) -> dict[str, Any]:
    """Real histories of every length from 1 to the longest there is, computed one at a time and unpadded."""
    rng = np.random.default_rng(config.seed)
    event_position = np.arange(len(log.items)) - log.owner_starts() + 1
    sizes = np.unique(np.linspace(1, min(network.window, int(event_position.max())), config.package.parity_rows).round().astype(int))
    sizes = np.concatenate([sizes, rng.integers(1, 6, max(config.package.parity_rows - len(sizes), 0))])
    rows = []
    for number, size in enumerate(sizes):
        end = int(rng.choice(np.flatnonzero(event_position >= size))) + 1
        one = build_inputs(log, np.array([end - size]), np.array([end]), int(size), config.encoder.gap_boundaries_seconds)
        if number % 4 == 3:  # clicks are served as "other"
            one.actions[:] = ACTIONS["other"]
        elapsed = float(np.float32(rng.choice([0.0, 5.0, 600.0, 86_400.0, 30 * 86_400.0, 200 * 86_400.0])))
        totals = _totals(log, end, network.churn_head.total_count, rng)
        with torch.no_grad():
            scores, churn, _, _ = network(*tensors(one), torch.tensor([elapsed]), torch.tensor([totals]))
        top_scores, top_items = scores[0].topk(min(TOP, scores.shape[1] - 1))
        rows.append({
            "items": one.items[0].tolist(), "actions": one.actions[0].tolist(), "gaps": one.gaps[0].tolist(),
            "elapsed": elapsed, "totals": totals, "topItems": top_items.tolist(), "topScores": [round(value, 6) for value in top_scores.tolist()],
            "churn": round(float(churn), 6),
        })
    return {"tolerance": tolerance, "rows": rows}


def _totals(log: EventLog, end: int, count: int, rng: np.random.Generator) -> list[float]:
    """Of the whole life before an event, as far as the log knows it (spending is drawn); of one in eight nothing is known."""
    start = int(log.offsets[np.searchsorted(log.offsets, end - 1, side="right") - 1])
    actions, days = log.actions[start:end], (log.times[end - 1] - log.times[start]) / DAY_SECONDS
    spent = rng.lognormal(6, 1.5) if rng.random() < 0.9 else -rng.lognormal(2, 1)
    totals = [(actions == ACTIONS["purchase"]).sum(), (actions == ACTIONS["cancel"]).sum(), spent, days]
    known = rng.random() >= 0.125
    return [float(np.float32(value * known)) for value in totals[:count]]
