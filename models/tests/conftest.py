"""Small, made-up shops that every test can afford."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from personalization_models.config import Config, load_config
from personalization_models.data.transactions import ACTIONS, Transactions, read_transactions
from personalization_models.network.network import Network

MODELS = Path(__file__).resolve().parents[1]
ITEMS = 30


@pytest.fixture(scope="session")
def config() -> Config:
    return load_config(MODELS / "configs" / "online-retail.toml")


@pytest.fixture(scope="session")
def small(config: Config) -> Config:
    """The shipped configuration with a small encoder."""
    encoder = dataclasses.replace(config.encoder, dimension=16, max_length=20)
    return dataclasses.replace(config, encoder=encoder)


@pytest.fixture()
def network(small: Config) -> Network:
    """An untrained network with every parameter drawn, so that no term is zero by chance of initialisation."""
    torch.manual_seed(7)
    network = Network(ITEMS, 3, small.encoder, small.churn)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
        for table in (network.items, network.actions, network.gaps, network.waits):
            table.weight[0] = 0
        network.neighbours.items.random_(1, ITEMS + 1)
        network.neighbours.weights.uniform_()
        network.neighbours.weights[0] = 0
        network.neighbours.shares.copy_(torch.tensor([0.3, 0.6]))
    return network.eval()


@pytest.fixture(scope="session")
def shop(config: Config) -> Transactions:
    return read_transactions(config.data.path)


def transactions(rows: list[tuple[str, str, str, dt.datetime]]) -> Transactions:
    """Transactions from (user, invoice, code, time); invoices that start with C are cancellations."""
    frame = pd.DataFrame(rows, columns=["user", "invoice", "code", "when"])
    frame["time"] = frame.pop("when").astype("int64") // 1_000_000_000
    frame["is_cancel"] = frame.invoice.str.startswith("C")
    frame["action"] = np.where(frame.is_cancel, ACTIONS["cancel"], ACTIONS["purchase"])
    frame["is_product"] = frame.code.str.fullmatch(r"\d{5}")
    frame["description"], frame["quantity"], frame["price"] = "THING", 1, 1.0
    return Transactions(frame, {})


def random_history(rng: np.random.Generator, length: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    gaps = rng.integers(2, 14, (1, length))
    gaps[0, 0] = 1
    return (torch.from_numpy(rng.integers(1, ITEMS + 1, (1, length))), torch.from_numpy(rng.integers(1, 4, (1, length))),
            torch.from_numpy(gaps))
