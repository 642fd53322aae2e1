"""The shop's items (``items.jsonl``), derived from the transactions: titles, median prices, categories by rule."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from typing import Any

import pandas as pd

from ..config import Config
from .category_rules import categories_of
from .transactions import Transactions, read_transactions

# Stock-keeping notes that were typed into the description field.
_NOTE = re.compile(r"\b(damage[sd]?|lost|found|check(ed)?|adjust\w*|samples?|wrong\w*|mixed up|thrown|broken|faulty|missing|"
                   r"smashed|sold as|dotcom|amazon|ebay|crushed|wet|rusty|mouldy|unsaleable)\b", re.IGNORECASE)
_SMALL = {"a", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"}
_UPPER = {"3D", "CD", "DIY", "LED", "PVC", "TV", "UK", "USB", "XL"}
_EXPANDED = {"ASSTD": "Assorted", "ASST": "Assorted", "XMAS": "Christmas"}
NOT_A_PRODUCT = "Services"


def tidy_title(description: str) -> str:
    """Title Case with measures in lower case and single spaces."""
    text = re.sub(r"\s*,\s*", ", ", re.sub(r"\s+", " ", description.replace("\\", "").strip(" .,*?")))
    words = text.split(" ")
    return " ".join(_tidy_word(word, first=at == 0) for at, word in enumerate(words) if word)


def is_title(description: str) -> bool:
    """Whether a description names a thing: not empty, not ``?``, not a lower-case note such as ``damages``."""
    text = description.strip()
    letters = re.sub(r"[^A-Za-z]", "", text)
    return len(letters) >= 3 and text != text.lower() and not (text != text.upper() and _NOTE.search(text))


def build_items(transactions: Transactions) -> list[dict[str, Any]]:
    """One item a stock code of the usable rows, in code order; what is no product is not available."""
    items = []
    for code, rows in transactions.purchases.groupby("code", sort=True):
        title = _title(str(code), rows.description)
        product = bool(rows.is_product.iloc[0])
        paid = rows.price[rows.price > 0]
        items.append({
            "itemId": str(code), "title": title,
            "categories": categories_of(title) if product else [NOT_A_PRODUCT],
            "brand": None, "price": round(float(paid.median()), 2) if len(paid) else 0.0,
            "available": product, "attributes": {},
        })
    return items


def write_catalogue(config: Config, say: Callable[[str], None]) -> None:
    """Writes the catalogue of the configuration's data, replacing the file at once."""
    items = build_items(read_transactions(config.data.path))
    target = config.catalogue.output
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".tmp")
    fresh.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
    os.replace(fresh, target)
    first = pd.Series([item["categories"][0] for item in items]).value_counts()
    say(f"{len(items)} items written to {target}: " + ", ".join(f"{name} {count}" for name, count in first.items()))


def _title(code: str, descriptions: pd.Series) -> str:
    usable = descriptions[descriptions.map(is_title)]
    if usable.empty:
        return f"Item {code}"
    counts = usable.value_counts()
    return tidy_title(min(counts.index[counts == counts.max()]))  # equally frequent: the first in the alphabet


def _tidy_word(word: str, first: bool) -> str:
    bare = word.strip("(),")
    if bare.upper() in _UPPER:
        return word.upper()
    if bare.upper() in _EXPANDED:
        return word.replace(bare, _EXPANDED[bare.upper()])
    if re.fullmatch(r"[\d.]+([xX][\d.]+)*(?i:cm|mm|m|g|kg|ml|l|pc|pcs|pk)?([xX][\d.]+(?i:cm|mm)?)*", bare):
        return word.lower()
    if not first and bare.lower() in _SMALL:
        return word.lower()
    return re.sub(r"(^|[-/(&+\"])([a-z])", lambda match: match[1] + match[2].upper(), word.lower())
