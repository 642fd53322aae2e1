"""What a catalogue of tens of thousands of items needs of memory, measured in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import MODELS

PREPARED = """
import resource
import numpy as np, torch
from personalization_models.config import EncoderConfig
from personalization_models.data.content import MOST_FEATURES, ContentSchema, ContentTable
from personalization_models.data.sequences import Inputs, TrainingBatch
from personalization_models.network.network import Network
from personalization_models.training import loss

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

rng = np.random.default_rng(1)
def content(items, features, dimension):
    names = ContentSchema(tuple(map(str, range(features))), ())
    return ContentTable(names, torch.from_numpy(rng.integers(0, features + 1, (items + 1, 8)).astype(np.int32)), dimension)
"""
EXPLAINED = """
table = content(40_000, 2_000, 16)
values, before = torch.randn(40_001, 17), peak()
table.explain(values)
"""
TWINS = """
table = content(17_000, 500, 16)
torch.nn.init.normal_(table.vectors.weight)
before = peak()
with torch.no_grad():
    assert table.twins(7_000).shape == (7_000, 10_001)
"""
LOSS = """
loss.MOST_LOGITS = 2**21  # 8 MB a tensor
network = Network(30_000, 3, EncoderConfig(16, 1, 1, 50, 0.0, [60]), None)
items = rng.integers(1, 30_001, (16, 50))
batch, before = TrainingBatch(Inputs(items, np.full_like(items, 2), np.full_like(items, 2)), items, np.full_like(items, 2)), peak()
loss.next_item_loss(network, batch, 0, network.table())[0].backward()
"""


@pytest.mark.parametrize(("work", "most", "dense"), [(EXPLAINED, 250, 640), (TWINS, 120, 280), (LOSS, 100, 280)], ids=["explained", "twins", "loss"])
def test_nothing_of_all_items_times_all_of_something_is_in_memory_at_once(work: str, most: int, dense: int) -> None:
    # What is freed goes back at once, so that the peak is of what is needed and not of how it lies.
    environment = {**os.environ, "PYTHONPATH": str(MODELS / "src"), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_MMAP_THRESHOLD_": "65536"}
    run = subprocess.run([sys.executable, "-c", f"{PREPARED}{work}print(peak() - before)"], capture_output=True, text=True, check=False, env=environment)
    assert run.returncode == 0, run.stderr
    assert float(run.stdout) < most, f"{float(run.stdout):.0f} MB; a whole table has {dense}"
