"""One page a run: what was measured beside its baselines, with plots drawn as plain SVG."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import numpy as np

COLUMNS = ("hr@5", "ndcg@5", "hr@10", "ndcg@10", "hr@20", "mrr@20", "coverage@10", "novelty@10", "hr@10 head", "hr@10 mid", "hr@10 tail")
_WIDTH, _NUMBER, _LETTER = 960, 64, 7
_PER_SEED = ("transformer", "transformer, refitted", "blend", "blend, table refitted", "blend, refitted")
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{padding:.3rem .5rem;text-align:right;
border-bottom:1px solid #e4e8ee}th:first-child,td:first-child{text-align:left}tr.model{background:#eef6f2}h1{margin-bottom:0}
.note{color:#5a6675}svg{max-width:100%;height:auto}text{font:12px system-ui,sans-serif;fill:#1c2430}
"""


def write_report(path: Path, result: dict[str, Any], counts: np.ndarray) -> None:
    """Writes the page; ``counts`` [N + 1] are training events of each item."""
    rows = {**result["baselines"], **result.get("mean", {})}
    models = set(result.get("mean", {}))
    seeds = len(result["runs"])
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{_text(result['name'])}</title><style>{STYLE}</style>",
        f"<h1>{_text(result['name'])}</h1><p class=note>{_text(result['protocol'])}. {_text(result['paper'])}<br>"
        f"{_text(result['data'])}; questions: {_text(result['cases'])}; {_text(result['hardware'])}</p>",
        f"<h2>Ranking</h2><p class=note>Means over {seeds} seed(s); bars carry the 95 % bootstrap interval over users. Green: ours, grey: baselines.</p>",
        bars(rows, "hr@10", models), bars(rows, "ndcg@10", models), _table(rows, models),
        "<h2>Who is served: hit rate by popularity of the answer</h2>", _groups(rows, models),
        "<h2>Popularity of the items</h2><p class=note>Training events by rank of the item, both axes logarithmic.</p>",
        _popularity(counts), _seeds(result["runs"]), "</html>",
    ]
    path.write_text("\n".join(parts), encoding="utf-8")


def bars(rows: dict[str, dict[str, float]], key: str, models: set[str]) -> str:
    """Horizontal bars of one metric with intervals; green are ``models``."""
    top = max([values.get(f"{key} high", values[key]) for values in rows.values()] + [1e-9])
    left = max(220, 12 + _LETTER * max(map(len, rows), default=0))
    height, scale = 24 * len(rows) + 30, (_WIDTH - left - _NUMBER) / top
    lines = [f"<svg viewBox='0 0 {_WIDTH} {height}' role=img aria-label='{key}'><text x=0 y=16 font-weight=bold>{key.upper()}</text>"]
    for at, (name, values) in enumerate(rows.items()):
        y, end = 26 + 24 * at, left + values[key] * scale
        colour = "#2f7d5b" if name in models else "#9aa7b8"
        lines.append(f"<text x={left - 10} y={y + 13} text-anchor=end>{_text(name)}</text>"
                     f"<rect x={left} y={y} width={end - left:.1f} height=17 fill='{colour}'/>")
        if f"{key} low" in values:
            low, high = (left + values[f"{key} {side}"] * scale for side in ("low", "high"))
            lines.append(f"<path d='M{low:.1f} {y + 8}H{high:.1f}' stroke='#1c2430' stroke-width=2 />")
            end = max(end, high)
        lines.append(f"<text x={end + 8:.0f} y={y + 13}>{values[key]:.4f}</text>")
    return "".join(lines) + "</svg>"


def _table(rows: dict[str, dict[str, float]], models: set[str]) -> str:
    head = "".join(f"<th>{_text(column)}</th>" for column in COLUMNS)
    body = "".join(
        f"<tr{' class=model' if name in models else ''}><td>{_text(name)}</td>"
        + "".join(f"<td>{values[column]:.4f}</td>" if column in values else "<td></td>" for column in COLUMNS) + "</tr>"
        for name, values in rows.items())
    return f"<table><tr><th>method</th>{head}</tr>{body}</table>"


def _groups(rows: dict[str, dict[str, float]], models: set[str]) -> str:
    shown = {name: values for name, values in rows.items() if name in models or name in ("popularity", "decayed transitions, refitted")}
    return "".join(bars({name: {key: values.get(key, 0.0)} for name, values in shown.items()}, key, models)
                   for key in ("hr@10 head", "hr@10 mid", "hr@10 tail"))


def _popularity(counts: np.ndarray) -> str:
    ordered = np.sort(counts[1:])[::-1].astype(float)
    ordered = ordered[ordered > 0]
    at = np.unique(np.geomspace(1, len(ordered), 120).astype(int)) - 1
    x = 60 + 860 * np.log(at + 1) / max(np.log(len(ordered)), 1e-9)
    y = 220 - 190 * np.log(ordered[at]) / max(np.log(ordered[0]), 1e-9)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y))
    return (f"<svg viewBox='0 0 960 250' role=img aria-label='popularity'><polyline points='{points}' fill=none stroke='#2f7d5b' "
            f"stroke-width=2 /><text x=60 y=244>rank 1</text><text x=920 y=244 text-anchor=end>rank {len(ordered)}</text>"
            f"<text x=56 y=34 text-anchor=end>{ordered[0]:.0f}</text><text x=56 y=220 text-anchor=end>1</text></svg>")


def _seeds(runs: list[dict[str, Any]]) -> str:
    if not runs:
        return ""
    measured = [name for name in _PER_SEED if all(name in run["test"] for run in runs)]
    rows = "".join(
        f"<tr><td>{run['seed']}</td><td>{run['bestEpoch']} of {run['epochs']}</td><td>{run['trainingCpuSeconds']:.0f}</td>"
        f"<td>{run['refitCpuSeconds']:.0f}</td><td>{_text(run['shares'])}</td>"
        + "".join(f"<td>{run['test'][name]['hr@10']:.4f} / {run['test'][name]['ndcg@10']:.4f}</td>" for name in measured) + "</tr>" for run in runs)
    return ("<h2>Runs</h2><p class=note>Shares and their NDCG@10 are of validation; HR@10 / NDCG@10 of the test.</p><table><tr><th>seed</th>"
            "<th>best epoch</th><th>training, CPU s</th><th>refit, CPU s</th><th>neighbours' share</th>"
            f"{''.join(f'<th>{_text(name)}</th>' for name in measured)}</tr>{rows}</table>")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return html.escape(", ".join(f"{key} {f'{each:.4g}' if isinstance(each, float) else each}" for key, each in value.items()))
    return html.escape(str(value))
