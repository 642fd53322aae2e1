"""Reads the Online Retail transactions and turns them into one event log per shopper."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import ModelsError

IntArray = npt.NDArray[np.int64]

ACTIONS = {"other": 1, "purchase": 2, "cancel": 3}
TOTALS = ("purchases", "cancels", "spend", "tenureDays")  # of a whole life, as churn.py counts them
DAY_SECONDS = 86_400
COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"  # one form only: 01/02/2011 is two days
PRODUCT_CODE = r"\d{5}[A-Za-z]{0,2}"
SERVICE_CODES = ("23444", "23574", "23702")  # carriage, packing charge, an image file: numbered like products


@dataclass(frozen=True)
class Transactions:
    """Rows that have a customer (cancellations too) and what was left out to get there."""

    rows: pd.DataFrame
    report: Mapping[str, int]

    @property
    def purchases(self) -> pd.DataFrame:
        """The rows that bought something."""
        return self.rows[self.rows.action == ACTIONS["purchase"]]


@dataclass(frozen=True)
class EventLog:
    """All events of all users, flat: user ``u`` owns ``[offsets[u], offsets[u + 1])``, oldest first.

    ``items`` are vocabulary indices (1..N), ``times`` seconds since 1970, ``baskets`` rise by one with each invoice, and each time in one.
    """

    users: tuple[str, ...]
    offsets: IntArray
    items: IntArray
    actions: IntArray
    times: IntArray
    baskets: IntArray

    def owner_starts(self) -> IntArray:
        """For each event, where its user's events start."""
        return np.repeat(self.offsets[:-1], np.diff(self.offsets))

    def before(self, time: int) -> EventLog:
        """The log as it was at ``time``: later events are not in it; users stay, possibly empty."""
        keep = self.times < time
        counts = np.add.reduceat(np.append(keep, False), self.offsets[:-1]) if len(self.users) else np.zeros(0)
        counts = np.where(np.diff(self.offsets) > 0, counts, 0)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return EventLog(self.users, offsets, self.items[keep], self.actions[keep], self.times[keep], self.baskets[keep])

    def shuffled(self, rng: np.random.Generator, share: float = 1.0) -> EventLog:
        """A copy in which, for a share of the users, the order inside each invoice is random."""
        chosen = np.repeat(rng.random(len(self.users)) < share, np.diff(self.offsets))
        tie = np.where(chosen, rng.random(len(self.items)), np.arange(len(self.items)) / max(len(self.items), 1))
        order = np.lexsort((tie, self.baskets))
        return EventLog(self.users, self.offsets, self.items[order], self.actions[order], self.times[order], self.baskets)


def epoch_seconds(day: dt.date) -> int:
    """Midnight UTC of a day, in seconds since 1970."""
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.timezone.utc).timestamp())


def read_transactions(path: Path) -> Transactions:
    """Reads the CSV; raises :class:`ModelsError` if it is not there, is not this data set, or holds a value that cannot be meant."""
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise ModelsError(f"There is no data file {path}.") from None
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise ModelsError(f"{path} cannot be read as CSV: {error}") from None
    missing = [column for column in COLUMNS if column not in raw.columns]
    if missing:
        raise ModelsError(f"{path} lacks the columns {missing}.")
    rows = raw[raw.CustomerID != ""]
    cancel = rows.InvoiceNo.str.startswith("C")
    product = rows.StockCode.str.fullmatch(PRODUCT_CODE) & ~rows.StockCode.isin(SERVICE_CODES)
    if not product.any():
        raise ModelsError(f"{path} has no row with a customer whose StockCode is a product's, five digits and up to two letters. A shop with other codes makes "
                          "events of its history (personalization convert) and trains with retrain.")
    quantity, price = (pd.to_numeric(rows[name], errors="coerce") for name in ("Quantity", "UnitPrice"))
    time = pd.to_datetime(rows.InvoiceDate, format=TIME_FORMAT, errors="coerce")
    for name, bad, wanted in (("Quantity", quantity.isna() | (quantity % 1 != 0), "a whole number"), ("UnitPrice", price.isna(), "a number"),
                              ("InvoiceDate", time.isna(), "a time like 2010-12-01 08:26:00")):
        if bad.any():
            row = bad.idxmax()
            raise ModelsError(f"{path}: {name} of row {row + 1} is {rows[name][row]!r}, not {wanted} ({int(bad.sum())} such rows).")
    tidy = pd.DataFrame({
        "invoice": rows.InvoiceNo,
        "code": rows.StockCode,
        "description": rows.Description,
        "quantity": quantity.astype(np.int64),
        "time": time.astype("int64") // 1_000_000_000,
        "price": price.astype(np.float64),
        "user": rows.CustomerID.str.removesuffix(".0"),
        "action": np.where(cancel, ACTIONS["cancel"], ACTIONS["purchase"]),
        "is_cancel": cancel,
        "is_product": product,
    })
    report = {
        "rows": len(raw),
        "withoutCustomer": len(raw) - len(rows),
        "cancellations": int(cancel.sum()),
        "usable": int((~cancel).sum()),
        "usableNonProduct": int((~cancel & ~product).sum()),
        "repeatedInInvoice": int((tidy[~cancel & product].duplicated(["invoice", "code"])).sum()),
    }
    return Transactions(tidy, report)


def build_vocabulary(transactions: Transactions, before: int, min_purchases: int) -> list[str]:
    """Sorted product codes bought or looked at at least ``min_purchases`` times before a moment: nothing later is looked at."""
    seen = transactions.rows[~transactions.rows.is_cancel]
    seen = seen[seen.is_product & (seen.time < before)]
    counts = seen.drop_duplicates(["invoice", "code"]).code.value_counts()
    return sorted(counts.index[counts >= min_purchases])


def build_log(transactions: Transactions, vocabulary: list[str]) -> EventLog:
    """Events of vocabulary items, each once an invoice, in time order and file order within an invoice.

    The invoice of an event is its user's second. Where an item repeats in it, the strongest action, that of the highest number (a purchase
    above a view, a cancellation above both), stands in the place of the first; silos make the model's input by the same rule.
    """
    index = {code: position + 1 for position, code in enumerate(vocabulary)}
    rows, once = transactions.rows, ["invoice", "code"]
    rows = rows[rows.code.isin(index.keys())]
    repeated = rows.duplicated(once, keep=False)
    rows = rows.assign(action=rows.action.mask(repeated, rows[repeated].groupby(once).action.transform("max"))).drop_duplicates(once)
    rows = rows.sort_values(["user", "time"], kind="stable")
    # An invoice can carry two minutes (31 of the shipped data's do): each is a basket, and users never share one.
    changed = (rows.invoice != rows.invoice.shift()) | (rows.user != rows.user.shift()) | (rows.time != rows.time.shift())
    begins = np.flatnonzero((rows.user != rows.user.shift()).to_numpy())
    return EventLog(
        users=tuple(rows.user.iloc[begins]),
        offsets=np.append(begins, len(rows)).astype(np.int64),
        items=rows.code.map(index).to_numpy(np.int64),
        actions=rows.action.to_numpy(np.int64),
        times=rows.time.to_numpy(np.int64),
        baskets=np.cumsum(changed.to_numpy()).astype(np.int64),
    )
