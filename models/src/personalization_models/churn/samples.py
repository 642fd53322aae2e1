"""Churn samples: who had bought before a cut-off, what was known then, and who bought within the horizon after it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..config import Config
from ..data.sequences import Inputs, build_inputs
from ..data.transactions import ACTIONS, DAY_SECONDS, TOTALS, EventLog, Transactions, epoch_seconds
from ..errors import ModelsError

FloatArray = npt.NDArray[np.float64]
LEAST_CUSTOMERS = 50


@dataclass(frozen=True)
class ChurnSamples:
    """Customers with a purchase before a cut-off; ``churned`` = no purchase within the horizon after it.

    ``totals`` of the whole life, as the churn head takes them: purchases and cancellations (events of any item), what was spent less
    what was returned, days from the first event to the newest. They stay while time passes; ``elapsed`` alone counts it.
    ``features``: recency, frequency (invoices), tenure (days), spending, purchase rows, days with purchases: the baselines' inputs.
    """

    customers: npt.NDArray[np.str_]
    inputs: Inputs
    totals: npt.NDArray[np.float32]
    elapsed: npt.NDArray[np.float32]
    churned: npt.NDArray[np.bool_]
    features: FloatArray

    def __len__(self) -> int:
        return len(self.churned)

    def select(self, keep: npt.NDArray[np.bool_]) -> ChurnSamples:
        """The samples for which ``keep`` is true."""
        inputs = Inputs(self.inputs.items[keep], self.inputs.actions[keep], self.inputs.gaps[keep])
        return ChurnSamples(self.customers[keep], inputs, self.totals[keep], self.elapsed[keep], self.churned[keep], self.features[keep])


def churn_samples(transactions: Transactions, log: EventLog, cut: dt.date, config: Config) -> ChurnSamples:
    """Samples of one cut-off: inputs look only at events before it, labels only at the horizon after it."""
    now = epoch_seconds(cut)
    bought = transactions.purchases
    before = bought[bought.time < now].assign(day=lambda rows: rows.time // DAY_SECONDS)
    customers = before.groupby("user").agg(
        last=("time", "max"), first=("time", "min"), invoices=("invoice", "nunique"), rows=("code", "size"), days=("day", "nunique"))
    customers["spent"] = (before.price * before.quantity).groupby(before.user).sum()
    window = bought[(bought.time >= now) & (bought.time < now + config.churn.horizon_days * DAY_SECONDS)]
    churned = ~customers.index.isin(window.user.unique())
    past = log.before(now)
    position = {user: at for at, user in enumerate(past.users)}
    rows = np.array([position.get(user, -1) for user in customers.index], np.int64)
    starts = np.where(rows >= 0, past.offsets[rows], 0)
    ends = np.where(rows >= 0, past.offsets[rows + 1], 0)
    inputs = build_inputs(past, starts, ends, config.window, config.encoder.gap_boundaries_seconds)
    life = whole_life(transactions, now).loc[customers.index]
    days = (now - customers[["last", "first"]].to_numpy(np.float64)) / DAY_SECONDS
    features = np.column_stack([days[:, 0], customers.invoices, days[:, 1], customers.spent, customers["rows"], customers["days"]])
    return ChurnSamples(customers.index.to_numpy(str), inputs, life[list(TOTALS)].to_numpy(np.float32),
                        (now - life.newest).to_numpy(np.float32), churned, features.astype(np.float64))


def whole_life(transactions: Transactions, now: int) -> pd.DataFrame:
    """The ``TOTALS`` of each user at a moment, and the time of the ``newest`` event."""
    rows = transactions.rows[transactions.rows.time < now]
    purchase, cancel = rows.action == ACTIONS["purchase"], rows.action == ACTIONS["cancel"]
    value = rows.price * rows.quantity.abs() * (purchase.astype(float) - cancel.astype(float))
    users = rows.assign(purchase=purchase, cancel=cancel, value=value).groupby("user").agg(
        purchases=("purchase", "sum"), cancels=("cancel", "sum"), spend=("value", "sum"), first=("time", "min"), newest=("time", "max"))
    return users.assign(tenureDays=(users.newest - users["first"]) / DAY_SECONDS)


def joined(parts: list[ChurnSamples]) -> ChurnSamples:
    """Samples of several cut-offs together."""
    inputs = Inputs(*(np.concatenate([getattr(part.inputs, name) for part in parts]) for name in ("items", "actions", "gaps")))
    rest = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ("customers", "totals", "elapsed", "churned", "features")}
    return ChurnSamples(inputs=inputs, **rest)


def training_cuts(transactions: Transactions, config: Config) -> list[dt.date]:
    """The cut-offs that can be learned from; raises :class:`ModelsError` if there is none, or if the one for calibration cannot be."""
    churn = config.churn
    count = (churn.last_cut - churn.first_cut).days // churn.step_days + 1
    cuts = [churn.first_cut + dt.timedelta(days=churn.step_days * step) for step in range(count)]
    bought = transactions.purchases
    usable = [cut for cut in cuts if tells(bought, cut, churn.horizon_days)]
    if not usable or not tells(bought, churn.calibration_cut, churn.horizon_days):
        where = f"from {churn.first_cut} to {churn.last_cut}" if not usable else f"at {churn.calibration_cut}, which calibrates,"
        raise ModelsError(f"Churn cannot be learned {where}: a cut-off needs {LEAST_CUSTOMERS} customers, of whom some came back within "
                          f"{churn.horizon_days} days and some did not. More days of events help, or another churn.horizon_days.")
    return usable


def tells(bought: pd.DataFrame, cut: dt.date, horizon_days: int) -> bool:
    """Whether enough customers are known at a cut-off, and both kinds of them."""
    now = epoch_seconds(cut)
    customers = bought.user[bought.time < now].unique()
    back = np.isin(customers, bought.user[(bought.time >= now) & (bought.time < now + horizon_days * DAY_SECONDS)].unique()).sum()
    return len(customers) >= LEAST_CUSTOMERS and 0 < int(back) < len(customers)
