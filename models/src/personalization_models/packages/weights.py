"""Weights beside a package, as plain arrays: what lets a champion be measured, and a new network start from another one."""

from __future__ import annotations

import datetime as dt
import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ..config import ChurnConfig, EncoderConfig, NeighbourConfig
from ..data.content import ContentSchema, ContentTable
from ..errors import ModelsError
from ..network.network import Network
from .package import WEIGHTS_FILE, check_package, vocabulary_of

# What belongs to one shop's catalogue; everything else may move to another shop.
_OF_ITEMS = ("items.weight", "item_bias", "neighbours.", "content.")
_SCHEMA = ("content.names", "content.price_edges")


def save_weights(network: Network, path: Path) -> None:
    """Writes all parameters and buffers that a package's graph was made from, and what the features of its items' content are."""
    arrays = {name: value.numpy() for name, value in network.state_dict().items()}
    if network.content is not None:
        schema = network.content.schema
        arrays |= dict(zip(_SCHEMA, (np.asarray(schema.names), np.asarray(schema.price_edges, np.float64))))
    write_arrays(path, **arrays)


def load_network(folder: Path, churn: ChurnConfig | None = None) -> tuple[Network, dict[str, Any], list[str]]:
    """The network of a package, its ``model.json`` and vocabulary; raises :class:`ModelsError` if it has no weights, or those of another export.

    With ``churn`` it gets a new, untrained churn head.
    """
    model = check_package(folder)
    weights = _read(folder / WEIGHTS_FILE)
    try:
        settings = model["training"]["hyperParameters"]
        encoder, neighbours = EncoderConfig(**settings["encoder"]), NeighbourConfig(**settings.get("neighbours", {}))
        head = churn or ChurnConfig(**{**settings["churn"], **dict.fromkeys(("first_cut", "last_cut", "calibration_cut"), dt.date.min)})
    except (KeyError, TypeError) as error:
        raise ModelsError(f"{folder}: training.hyperParameters of model.json are not those of this release ({error}). "
                          "Use the release that wrote the package, or train another one.") from None
    content = None
    if _SCHEMA[0] in weights:
        names, edges = (weights.pop(name) for name in _SCHEMA)
        content = ContentTable(ContentSchema(tuple(names.tolist()), tuple(edges.tolist())), weights["content.features"], encoder.dimension)
    network = Network(model["itemCount"], len(model["actions"]), encoder, head, neighbours, content)
    if churn is not None:
        weights = {name: value for name, value in weights.items() if not name.startswith("churn_head.")}
        weights |= {f"churn_head.{name}": value for name, value in network.churn_head.state_dict().items()}
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelsError(f"{folder / WEIGHTS_FILE} does not fit the network of this release: {error}") from None
    return network.eval(), model, vocabulary_of((folder / "items.txt").read_bytes())


def start_from(network: Network, path: Path, vocabulary: list[str], validation_start: dt.date) -> int:
    """Takes an encoder trained elsewhere, and the vectors of items that both know by name; returns how many those are.

    ``path`` is what :func:`save_pretrained` wrote. Parts of another size are an error: the recipes must agree. So is an encoder that has seen
    days from ``validation_start`` on: it would be asked about what it was told.
    """
    given = _read(path)
    until = dt.date.fromordinal(int(given.pop("until", dt.date.max.toordinal())))
    if until > validation_start:
        raise ModelsError(f"{path} was trained on events until {until}, but is to be validated from {validation_start} on. "
                          f"Write it again: pretrain --until {validation_start}.")
    names = {str(name): row for row, name in enumerate(given.pop("vocabulary").tolist(), 1)}
    own = network.state_dict()
    for name, value in given.items():
        if name.startswith(_OF_ITEMS):
            continue
        if name not in own or own[name].shape != value.shape:
            raise ModelsError(f"{path}: {name} has shape {tuple(value.shape)}, which does not fit the recipe.")
        own[name].copy_(value)
    pairs = [(index, names[item]) for index, item in enumerate(vocabulary, 1) if item in names]
    if pairs:
        to, source = (torch.tensor(rows) for rows in zip(*pairs))
        own["items.weight"][to] = given["items.weight"][source]
        if network.content is not None:
            with torch.no_grad():
                own["items.weight"][to] -= network.content()[to, :-1]
    return len(pairs)


def save_pretrained(network: Network, vocabulary: list[str], until: dt.date, path: Path) -> None:
    """Writes an encoder with the names of its items and the day before which all is that it has seen, for :func:`start_from`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {name: value.numpy() for name, value in network.without_churn().items()}
    write_arrays(path, vocabulary=np.asarray(vocabulary), until=np.asarray(until.toordinal()), **arrays)


def write_arrays(path: Path, **arrays: Any) -> None:
    """Writes a file of arrays, which is there under exactly this name once it is whole."""
    partial = path.with_name(path.name + ".tmp")
    try:
        with partial.open("wb") as file:  # of a path, NumPy would change the name
            np.savez_compressed(file, **arrays)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """What :func:`write_arrays` wrote; raises :class:`ModelsError` where it is not there, or not whole."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except FileNotFoundError:
        raise ModelsError(f"{path} is missing: without its weights a model can be served but not measured or continued.") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelsError(f"{path} is no file of weights: {error}") from None


def _read(path: Path) -> dict[str, Any]:
    return {name: values if values.dtype.kind == "U" else torch.from_numpy(values) for name, values in read_arrays(path).items()}
