"""The configuration file of a model package, checked on load."""

from __future__ import annotations

import dataclasses
import datetime as dt
import tomllib
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar, get_type_hints

from .errors import ModelsError

VARIANTS = ("fp16", "int8", "pruned", "top", "transformer", "vectors")  # of a package's graph
T = TypeVar("T")
Checked = TypeVar("Checked", bound="Checkable")


class Checkable(Protocol):
    """A configuration that can tell whether its values contradict each other."""

    def check(self) -> None:
        """Raises :class:`ModelsError` where they do."""


@dataclass(frozen=True)
class DataConfig:
    """Where the transactions are, what ``source`` a model card names, and how time splits them (validation: [validation_start, test_start)).

    ``recent_seconds`` is how long silos do not show an item again that the shopper acted on: what is measured is only what they
    would show (0: all but the rest of the same invoice).
    """

    path: Path
    validation_start: dt.date
    test_start: dt.date
    min_item_purchases: int
    source: str = "the shop's own events"
    recent_seconds: int = 0


@dataclass(frozen=True)
class CatalogueConfig:
    """Where ``catalogue`` writes the shop's items."""

    output: Path


@dataclass(frozen=True)
class EncoderConfig:
    """Size of the Transformer and the time-gap buckets (ascending boundaries in seconds).

    ``low_pass`` is the share in [0, 1) of the causal low-pass filter beside attention (0: SASRec; about 0.7: after BSARec,
    arXiv 2312.10325); ``repeats`` adds the repeat head, for shops whose customers buy again.
    """

    dimension: int
    blocks: int
    heads: int
    max_length: int
    dropout: float
    gap_boundaries_seconds: list[int]
    low_pass: float = 0.0
    repeats: bool = True


@dataclass(frozen=True)
class ContentConfig:
    """What is known of an item beside its id (categories, brand, price, words of the title), from the shop's ``catalogue`` (items.jsonl).

    What fewer than ``min_items`` items have is left out; prices fall into ``price_classes`` classes of equal size. ``hidden`` is
    the share of items, drawn for each batch, whose id is hidden, so that content alone must do (after DropoutNet, NeurIPS 2017).
    """

    catalogue: Path
    min_items: int = 3
    price_classes: int = 10
    hidden: float = 0.1


@dataclass(frozen=True)
class NeighbourConfig:
    """Decayed item transitions: table width, how far a transition reaches and fades, how much of a history counts.

    ``repeat`` is how much an item points at itself, relative to its strongest neighbour: for shoppers who come back to an item.
    ``skip_newest`` gives the newest item no score: for sessions, where it is on the screen already.
    """

    neighbours: int = 64
    reach: int = 10
    reach_decay: float = 0.8
    history: int = 10
    history_decay: float = 0.7
    backward: float = 0.7
    row_power: float = 0.5
    column_power: float = 0.3
    repeat: float = 0.0
    skip_newest: bool = False


@dataclass(frozen=True)
class TrainingConfig:
    """Optimisation and augmentation of the next-item task; shares are probabilities in [0, 1].

    ``negatives`` is 0 for the full softmax, else the number of items, drawn for each batch, that estimate its denominator.
    """

    batch_size: int
    learning_rate: float
    max_epochs: int
    patience: int
    shuffle_share: float = 0.0
    other_action_sequence: float = 0.0
    other_action_event: float = 0.0
    browse_gap_sequence: float = 0.0
    unknown_wait: float = 0.0
    refit: bool = True
    negatives: int = 0


@dataclass(frozen=True)
class ChurnConfig:
    """Churn label (no purchase within the horizon after a cut-off), cut-offs and the head's training.

    ``window`` is how many events the head looks back at (the encoder's length at least). ``members`` heads are trained, each
    without a share of the customers, and averaged. With ``totals`` the graph also asks for sums over the shopper's whole life.
    """

    horizon_days: int
    first_cut: dt.date
    last_cut: dt.date
    step_days: int
    calibration_cut: dt.date
    hidden: int
    dropout: float
    max_epochs: int
    patience: int
    window: int = 128
    members: int = 4
    totals: bool = False


@dataclass(frozen=True)
class PackageConfig:
    """Where the package goes and how many parity rows it carries."""

    output: Path
    parity_rows: int


class Recipe(Protocol):
    """What building and training a network needs to know."""

    @property
    def seed(self) -> int: ...

    @property
    def encoder(self) -> EncoderConfig: ...

    @property
    def training(self) -> TrainingConfig: ...

    @property
    def churn(self) -> ChurnConfig | None: ...

    @property
    def neighbours(self) -> NeighbourConfig: ...

    @property
    def content(self) -> ContentConfig | None: ...


@dataclass(frozen=True)
class Config:
    """Everything that one training run needs."""

    name: str
    version: str
    seed: int
    threads: int
    data: DataConfig
    catalogue: CatalogueConfig
    encoder: EncoderConfig
    training: TrainingConfig
    churn: ChurnConfig
    package: PackageConfig
    neighbours: NeighbourConfig = NeighbourConfig()
    content: ContentConfig | None = None

    @property
    def window(self) -> int:
        """Events of a question."""
        return max(self.encoder.max_length, self.churn.window)

    def check(self) -> None:
        """Raises :class:`ModelsError` where values contradict each other or would leak the future."""
        horizon = dt.timedelta(days=self.churn.horizon_days)
        boundaries = self.encoder.gap_boundaries_seconds
        rules = [
            (self.data.recent_seconds >= 0, "data.recent_seconds must not be negative"),
            (self.data.validation_start < self.data.test_start, "data.validation_start must be before data.test_start"),
            (self.churn.first_cut <= self.churn.last_cut, "churn.first_cut must not be after churn.last_cut"),
            (self.churn.last_cut + horizon <= self.data.validation_start,
             "churn.last_cut + horizon must not pass data.validation_start: its labels would reach into validation"),
            (self.churn.last_cut < self.churn.calibration_cut, "churn.calibration_cut must be after churn.last_cut"),
            (self.churn.calibration_cut + horizon <= self.data.test_start,
             "churn.calibration_cut + horizon must not pass data.test_start: its labels would reach into the test"),
            (bool(boundaries) and boundaries[0] > 0 and boundaries == sorted(set(boundaries)),
             "encoder.gap_boundaries_seconds must be positive and ascending"),
            (self.encoder.dimension % self.encoder.heads == 0, "encoder.dimension must be a multiple of encoder.heads"),
            (self.churn.members >= 2, "churn.members must be at least 2: each is checked on the customers that it did not learn from"),
            (self.encoder.max_length >= 2, "encoder.max_length must be at least 2"),
            (self.threads >= 1, "threads must be at least 1"),
            (min(self.training.max_epochs, self.training.patience, self.training.batch_size) >= 1,
             "training.max_epochs, training.patience and training.batch_size must be at least 1"),
            (self.churn.horizon_days >= 1 and self.churn.step_days >= 1, "churn.horizon_days and churn.step_days must be at least 1"),
            (0 <= self.encoder.low_pass < 1, "encoder.low_pass must be in [0, 1)"),
            (self.package.parity_rows >= 1, "package.parity_rows must be at least 1"),
            (self.training.negatives == 0 or not self.encoder.repeats, "training.negatives needs encoder.repeats = false"),
            (self.content is None or 0 <= self.content.hidden < 1, "content.hidden must be in [0, 1)"),
        ]
        for holds, message in rules:
            if not holds:
                raise ModelsError(message)


def load_config(path: Path) -> Config:
    """Reads and checks the configuration of a package; relative paths in it are relative to the file."""
    return load_toml(path, Config)


def load_toml(path: Path, kind: type[Checked]) -> Checked:
    """Reads a configuration of any kind and calls its ``check``; raises :class:`ModelsError` that names what is wrong."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelsError(f"There is no configuration {path}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelsError(f"{path} is not valid TOML: {error}") from None
    config = _build(kind, values, str(path), path.parent)
    try:
        config.check()
    except ModelsError as error:
        raise ModelsError(f"{path}: {error}") from None
    return config


def as_json(config: Any) -> dict[str, Any]:
    """A section as JSON values (dates in ISO form), to be kept in the package."""
    return {
        key: value.isoformat() if isinstance(value, dt.date) else str(value) if isinstance(value, Path) else value
        for key, value in dataclasses.asdict(config).items()
    }


def _build(kind: type[T], values: dict[str, Any], where: str, folder: Path) -> T:
    hints = get_type_hints(kind)
    optional = {field.name for field in dataclasses.fields(kind)  # type: ignore[arg-type]
                if field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING}
    unknown, missing = sorted(values.keys() - hints.keys()), sorted(hints.keys() - values.keys() - optional)
    if unknown or missing:
        raise ModelsError(f"{where}: unknown settings {unknown}, missing settings {missing}.")
    return kind(**{key: _convert(hints[key], value, f"{where}: {key}", folder) for key, value in values.items()})


def _convert(hint: Any, value: Any, where: str, folder: Path) -> Any:
    if isinstance(hint, types.UnionType):  # a section that may be left out
        hint = hint.__args__[0]
    if dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return _build(hint, value, where, folder)  # type: ignore[arg-type]
    if hint is Path and isinstance(value, str):
        return (folder / value).resolve()
    if hint is float and type(value) in (int, float):
        return float(value)
    if hint == list[str] and isinstance(value, list) and all(type(item) is str for item in value):
        return value
    if hint == list[int] and isinstance(value, list) and all(type(item) is int for item in value):
        return value
    if isinstance(hint, type) and type(value) is hint:
        return value
    raise ModelsError(f"{where} must be of type {getattr(hint, '__name__', hint)}, not {value!r}.")
