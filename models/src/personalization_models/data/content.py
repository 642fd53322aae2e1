"""Item content: categories, brand, price and words of the title, whose vectors are summed. A new item has a vector from them alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from scipy import linalg, sparse
from torch import Tensor, nn

from ..config import ContentConfig
from ..errors import ModelsError
from .json_lines import is_id, is_price, is_text, parse, read_lines

EVERY_ITEM = "item"  # the feature that all items have: the mean of their vectors
LONGEST_TITLE = 512  # as the silos take it
_WORD = re.compile(r"[^\W\d_]{2,}")
MOST_FEATURES = 4096  # the equations that find their vectors have as many rows and columns, of 8 bytes each
_RIDGE = 3.0
_TWINS = 5
_ROWS = 256  # new items that are compared with all known ones at a time

Item = Mapping[str, Any]


@dataclass(frozen=True)
class ContentSchema:
    """The features' names in the order of their numbers, which start at 1, and the prices between the price classes."""

    names: tuple[str, ...]
    price_edges: tuple[float, ...]

    def features(self, items: Iterable[Item | None]) -> Tensor:
        """Numbers of each item's features [n, W], 0 = none; an item that the catalogue lacks has the one that all have."""
        index = {name: number for number, name in enumerate(self.names, 1)}
        rows = [[index[name] for name in [EVERY_ITEM, *self.names_of(item)] if name in index] for item in items]
        table = torch.zeros(len(rows), max(map(len, rows), default=1), dtype=torch.int32)
        for row, numbers in enumerate(rows):
            table[row, :len(numbers)] = torch.tensor(numbers, dtype=torch.int32)
        return table

    def names_of(self, item: Item | None) -> list[str]:
        """Names of an item's features, known or not, each once."""
        if item is None:
            return []
        names = [f"category:{name}" for name in item.get("categories") or []]
        if item.get("brand"):
            names.append(f"brand:{item['brand']}")
        if item.get("price"):
            names.append(f"price:{np.searchsorted(self.price_edges, item['price'], side='right')}")
        names += [f"word:{word}" for word in _WORD.findall(str(item.get("title") or "").lower())]
        return list(dict.fromkeys(names))


class ContentTable(nn.Module):
    """Sums of the vectors of each item's features; the last column joins the item's bias."""

    features: Tensor

    def __init__(self, schema: ContentSchema, features: Tensor, dimension: int) -> None:
        super().__init__()
        self.schema = schema
        self.register_buffer("features", features)
        self.vectors = nn.Embedding(len(schema.names) + 1, dimension + 1, padding_idx=0)
        nn.init.zeros_(self.vectors.weight)

    def forward(self) -> Tensor:
        """What content says of all items [N + 1, D + 1]; zero for padding."""
        return F.embedding_bag(self.features, self.vectors.weight, mode="sum", padding_idx=0)

    def twins(self, count: int) -> sparse.csr_matrix:
        """How alike the last ``count`` items and the others are [count, N + 1]: the few most similar, weights that sum to one."""
        said = self()[:, :-1] - self.vectors.weight[1, :-1]  # without what is said of every item
        said = F.normalize(said, dim=1)
        most = min(_TWINS, len(said) - count - 1)
        weights, nearest = torch.empty(count, most), torch.empty(count, most, dtype=torch.long)
        for first in range(0, count, _ROWS):
            similar = said[-count:][first:first + _ROWS] @ said[1:-count].T
            weights[first:first + _ROWS], nearest[first:first + _ROWS] = similar.clamp_(min=0).topk(most, dim=1)
        weights = weights / weights.sum(1, keepdim=True).clamp(min=1e-9)
        rows = np.repeat(np.arange(count), weights.shape[1])
        return sparse.csr_matrix((weights.numpy().ravel(), (rows, nearest.numpy().ravel() + 1)), shape=(count, len(said) - count))

    def explain(self, values: Tensor) -> None:
        """Takes the vectors that say most of ``values`` [N + 1, D + 1] (ridge regression)."""
        row, column = np.nonzero(self.features.numpy())
        has = sparse.csr_matrix((np.ones(len(row)), (row, self.features.numpy()[row, column] - 1)), shape=(len(self.features), len(self.schema.names)))
        squares = (has.T @ has).toarray()
        squares[np.diag_indices_from(squares)] += _RIDGE
        with torch.no_grad():
            said = linalg.solve(squares, has.T @ values.double().numpy(), assume_a="pos", overwrite_a=True)
            self.vectors.weight[1:] = torch.from_numpy(said).float()


def read_catalogue(path: Path, say: Callable[[str], None]) -> dict[str, Item]:
    """Items by id from JSON lines, of which later ones replace, or remove, what earlier ones said; lines that are none to the silos either are left out, and their number and the first of them told.

    Raises :class:`ModelsError` that names the first such line where no item is left.
    """
    items: dict[str, Item] = {}
    faulty, first = 0, ""
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        try:
            item = parse(line)
            fault = _fault(item)
        except ValueError as error:
            item, fault = None, f"is not valid JSON: {error}"
        if _is_removal(item):
            items.pop(item["itemId"], None)
        elif fault is None:
            items[item["itemId"]] = item
        else:
            faulty, first = faulty + 1, first or f"line {number} {fault}"
    if faulty and not items:
        raise ModelsError(f"{path} holds no item: {first}.")
    if faulty:
        say(f"{path}: {faulty} lines are no items and are left out; the first: {first}")
    return items


def _is_removal(item: Any) -> bool:
    """Whether a line says that an item was removed; what has a title is an item."""
    return isinstance(item, dict) and item.get("removed") is True and "title" not in item and is_id(item.get("itemId"))


def _fault(item: Any) -> str | None:
    if not isinstance(item, dict):
        return "is no JSON object"
    brand, categories, price, available = (item.get(name) for name in ("brand", "categories", "price", "available"))
    rules = {
        "itemId": is_id(item.get("itemId")),
        "title": is_text(item.get("title"), LONGEST_TITLE),
        "brand": brand is None or is_text(brand),
        "categories": categories is None or isinstance(categories, list) and all(map(is_text, categories)),
        "price": price is None or is_price(price),
        "available": available is None or isinstance(available, bool),
    }
    return next((f"needs {name} as item.schema.json describes it" for name, holds in rules.items() if not holds), None)


def content_table(items: Mapping[str, Item], vocabulary: Sequence[str], dimension: int, config: ContentConfig) -> ContentTable:
    """The content of a vocabulary: only what enough of its own items have is known, and of that what most have, ``MOST_FEATURES`` at most."""
    own = [items.get(name) for name in vocabulary]
    prices = [item["price"] for item in own if item is not None and item.get("price")]
    edges = np.unique(np.quantile(prices, np.arange(1, config.price_classes) / config.price_classes)) if prices else []
    schema = ContentSchema((), tuple(float(edge) for edge in edges))
    counts = Counter(name for item in own for name in schema.names_of(item))
    common = sorted((name for name, count in counts.items() if count >= config.min_items), key=lambda name: (-counts[name], name))
    names = (EVERY_ITEM, *sorted(common[:MOST_FEATURES]))
    schema = ContentSchema(names, schema.price_edges)
    return ContentTable(schema, F.pad(schema.features(own), (0, 0, 1, 0)), dimension)
