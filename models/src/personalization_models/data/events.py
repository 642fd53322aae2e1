"""Reads the project's own event log: JSON lines (also .gz), Parquet, or what a Kafka console consumer prints of the topic.

The fields are those of ``event.schema.json``: userId, itemId, type, timestamp (ISO 8601 or epoch milliseconds), eventId, price,
quantity. What the silos set aside is dropped, too, and every dropped line is counted by its reason. Of Parquet numbers may be ids, too,
and a time without a zone is UTC: as ``personalization bootstrap`` and ``convert`` read it.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import ModelsError
from .json_lines import is_id, is_price, is_text, parse, read_lines
from .transactions import ACTIONS, Transactions

# What shoppers did to an item; being shown one, or hiding it, says nothing about what comes next.
ACTION_OF = {
    "view": ACTIONS["other"], "click": ACTIONS["other"], "add_to_cart": ACTIONS["other"],
    "purchase": ACTIONS["purchase"], "cancel": ACTIONS["cancel"],
}
FIELDS = ("eventId", "userId", "itemId", "type", "timestamp", "quantity", "price")
IDENTITIES = ("eventId", "userId", "itemId")
NUMBERS = ("timestamp", "quantity", "price")
PARQUET = (".parquet", ".pq")
LEFT_OUT = ("remove_from_cart", "impression", "hide")
# The silos' limits.
EARLIEST = int(dt.datetime(2000, 1, 1, tzinfo=dt.timezone.utc).timestamp())
MOST_SECONDS_AHEAD = 300
MOST_PIECES = 2**31 - 1
MOST_OFFSET = dt.timedelta(hours=14)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,16})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def read_event_files(paths: list[Path], now: float | None = None) -> Transactions:
    """All events of the files in the order of their milliseconds, with whole seconds as their times; raises :class:`ModelsError` where a file is missing or holds no event.

    What is ahead of ``now`` (seconds since 1970; default: this moment) would move the dates that are counted back from the newest event.
    """
    latest = (time.time() if now is None else now) + MOST_SECONDS_AHEAD
    dropped: Counter[str] = Counter()
    rows: list[tuple[str, str, int, int, float, float]] = []
    seen: set[str] = set()
    count = 0
    for path in paths:
        for value in _values(path, dropped):
            count += 1
            row = _row(value, latest, dropped)
            if row is None:
                continue
            identity = value.get("eventId")
            if isinstance(identity, str):
                if f"{row[0]}\0{identity}" in seen:
                    dropped["repeatedEventId"] += 1
                    continue
                seen.add(f"{row[0]}\0{identity}")
            rows.append(row)
    if not rows:
        raise ModelsError(f"There is no usable event in {', '.join(map(str, paths))}: {dict(dropped)}. What is CSV, or has other columns, "
                          "becomes events by personalization convert (--map, --set).")
    frame = pd.DataFrame(rows, columns=["user", "code", "action", "moment", "quantity", "price"])
    frame = frame.sort_values(["moment"], kind="stable").reset_index(drop=True)
    frame["time"] = frame.pop("moment") // 1000
    frame["invoice"] = frame.user + "@" + frame.time.astype(str)
    frame["description"] = frame.code
    frame["is_cancel"] = frame.action == ACTIONS["cancel"]
    frame["is_product"] = True
    report = {"rows": count, "usable": len(frame), "cancellations": int(frame.is_cancel.sum()), "withoutCustomer": 0,
              "usableNonProduct": 0, "repeatedInInvoice": int(frame.duplicated(["invoice", "code"]).sum()), **dropped}
    return Transactions(frame, report)


def _values(path: Path, dropped: Counter[str]) -> Iterator[dict[str, Any]]:
    if path.suffix.lower() in PARQUET:
        yield from _parquet_rows(path)
        return
    for line in read_lines(path):
        # A console consumer may print partition, time stamp and key before the value, with tabs between.
        start = line.find("{")
        if start < 0:
            if line.strip() and line.strip() != "null":
                dropped["notJson"] += 1
            continue
        try:
            value = parse(line[start:])
        except ValueError:
            dropped["notJson"] += 1
            continue
        yield value


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise ModelsError(f"There is no event file {path}.")
    try:
        frame = pd.read_parquet(path)
    except ImportError:
        raise ModelsError(f"{path} is Parquet, which needs the package pyarrow. Install it (pip install pyarrow), or make JSON lines with the "
                          f"command line tool, which reads Parquet by itself: personalization convert {path} events.jsonl.gz") from None
    except Exception as error:  # each engine has exceptions of its own
        raise ModelsError(f"{path} cannot be read as Parquet: {error}") from None
    for record in frame.reindex(columns=list(FIELDS)).to_dict("records"):
        yield {name: _plain(name, value) for name, value in record.items()}


def _plain(name: str, value: Any) -> Any:
    """A cell as the JSON form has it. Integer columns that hold a null come as floating point, with NaN for it, decimals and days as objects.

    Texts are the numbers that a field takes, and empty ones nothing.
    """
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return f"{value}T00:00:00Z"
    if isinstance(value, Decimal) or isinstance(value, str) and name in NUMBERS:
        value = _number(value)
    if isinstance(value, str) and not value:
        return None
    if isinstance(value, float):
        value = None if math.isnan(value) else int(value) if value.is_integer() else value
    if name in IDENTITIES and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _number(value: Decimal | str) -> float | str:
    """The number that a decimal or a text is; a text that is none as it came."""
    try:
        return float(value)
    except ValueError:
        return str(value)


def _row(value: dict[str, Any], latest: float, dropped: Counter[str]) -> tuple[str, str, int, int, float, float] | None:
    user, item, kind = value.get("userId"), value.get("itemId"), value.get("type")
    if not (isinstance(user, str) and user and isinstance(item, str) and item):
        dropped["withoutUserOrItem"] += 1
        return None
    if not (is_id(user) and is_id(item)):
        dropped["badUserOrItem"] += 1
        return None
    if not (value.get("eventId") is None or is_text(value["eventId"])):
        dropped["badEventId"] += 1
        return None
    if not isinstance(kind, str) or kind not in ACTION_OF:
        dropped["typeLeftOut" if kind in LEFT_OUT else "unknownType"] += 1
        return None
    moment = _milliseconds(value.get("timestamp"))
    if moment is None or moment // 1000 < EARLIEST:
        dropped["badTimestamp"] += 1
        return None
    if moment // 1000 > latest:
        dropped["tooFarAhead"] += 1
        return None
    quantity, price = (default if value.get(name) is None else value[name] for name, default in (("quantity", 1), ("price", 0)))
    if not (_is_quantity(quantity) and is_price(price)):
        dropped["badQuantityOrPrice"] += 1
        return None
    return user, item, ACTION_OF[kind], moment, float(quantity), float(price)


def _milliseconds(value: Any) -> int | None:
    if isinstance(value, pd.Timestamp):
        return int(value.value // 1_000_000)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            return None
        return (moment - _EPOCH) // dt.timedelta(milliseconds=1) if abs(moment.utcoffset() or dt.timedelta()) <= MOST_OFFSET else None
    return None


def _is_quantity(value: Any) -> bool:
    """Whether a value is a whole number of pieces; 3.0 is whole, too."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 1 <= value <= MOST_PIECES and value % 1 == 0
