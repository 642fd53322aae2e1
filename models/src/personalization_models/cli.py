"""The command line. PyTorch is imported only once the process has its malloc settings."""

from __future__ import annotations

import argparse
import datetime as dt
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from .config import VARIANTS
from .errors import ModelsError, told
from .process import ensure_malloc_settings

INTERRUPTED = 130
NOT_BETTER = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code (0 done, 1 a clear error, 2 wrong usage, 3 not good enough to be published, 130 interrupted)."""
    parser = _parser()
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # how a scheduler stops a job: what is half done is taken away then, too
    try:
        return options.run(options) or 0
    except ModelsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "personalization_models":
            raise
        print(f"error: the Python package {package} is missing. See models/README.md for what to install, and use the Python that has it "
              f"(this is {sys.executable}).", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {told(error)}", file=sys.stderr)
        return 1
    except MemoryError as error:
        print(f"error: Memory is used up{f' ({error})' if str(error) else ''}. models/README.md says how much a training needs; a share of the users needs less.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. What was on disk before is unchanged.", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="personalization_models", description="Trains, evaluates and exports the model packages that Personalization serves.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in (
        ("all", _all, "catalogue, then train: everything that is derived from the data"),
        ("train", _train, "train, evaluate against baselines and write the package"),
        ("catalogue", _catalogue, "write the shop's items (items.jsonl) from the transactions"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--config", type=Path, required=True, metavar="FILE", help="configuration (TOML), see models/configs")
        if run is not _catalogue:
            command.add_argument("--initial", type=Path, metavar="FILE", help="fine-tune an encoder that `pretrain` wrote")
            command.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: the configuration's)")
        command.set_defaults(run=run)
    text = "print a package's metrics beside their baselines as Markdown, or write them as a page with plots"
    report = commands.add_parser("report", help=text, description=text)
    report.add_argument("package", type=Path, metavar="FOLDER", help="for instance models/packages/online-retail/1")
    report.add_argument("--html", type=Path, metavar="FILE", help="where the page goes")
    report.set_defaults(run=_report)
    text = "check that a package folder is complete and consistent"
    check = commands.add_parser("check", help=text, description=text)
    check.add_argument("package", type=Path, metavar="FOLDER", help="for instance models/packages/online-retail/1")
    check.set_defaults(run=_check)
    text = "train from exported events and publish the package if it beats the one that serves"
    again = commands.add_parser("retrain", help=text, description=text + "; exit code 3 if it does not")
    again.add_argument("--config", type=Path, required=True, metavar="FILE", help="recipe; its dates are counted back from the newest event")
    again.add_argument("--events", type=Path, nargs="+", required=True, metavar="FILE",
                       help="JSON lines, Parquet (with pyarrow; `personalization convert` makes JSON lines of it) or a topic dump of a "
                            "console consumer; - is standard input")
    again.add_argument("--packages", type=Path, required=True, metavar="FOLDER", help="where packages are served from")
    again.add_argument("--catalogue", type=Path, metavar="FILE", help="the shop's items (default: the configuration's, where it has [content])")
    beaten = again.add_mutually_exclusive_group()
    beaten.add_argument("--champion", type=Path, metavar="FOLDER", help="the package to beat (default: the highest version that is there)")
    beaten.add_argument("--gateway", metavar="URL", help="beat what the cluster serves, as its gateway says; the default where it does not say")
    again.add_argument("--days", type=int, default=14, metavar="N", help="newest days to measure on (default: 14)")
    again.add_argument("--initial", type=Path, metavar="FILE", help="fine-tune an encoder that `pretrain` wrote")
    again.set_defaults(run=_retrain)
    text = "write a package's graph again from its weights, with more parity rows or as a smaller variant beside it"
    export = commands.add_parser("export", help=text, description=text)
    export.add_argument("package", type=_named, metavar="FOLDER", help="for instance models/packages/online-retail/1")
    export.add_argument("--config", type=Path, required=True, metavar="FILE", help="the configuration that the package was made with")
    export.add_argument("--events", type=Path, nargs="+", default=[], metavar="FILE",
                        help="events of the shop, in the forms that `retrain` reads: for a package that it trained (default: the configuration's data)")
    export.add_argument("--parity", type=int, default=1000, metavar="N", help="histories with known answers (default: 1000)")
    other = export.add_mutually_exclusive_group()
    other.add_argument("--variant", choices=VARIANTS, help="write FOLDER-VARIANT and say what it costs")
    other.add_argument("--catalogue", type=Path, metavar="FILE",
                       help="the shop's items (items.jsonl): write the next version, in which its new items have vectors from their content")
    export.add_argument("--days", type=int, default=14, metavar="N", help="newest days of --events to measure a variant on (default: 14)")
    export.set_defaults(run=_export)
    text = "train the churn head of a package anew; its encoder stays"
    head = commands.add_parser("churn", help=text, description=text)
    head.add_argument("package", type=_named, metavar="FOLDER", help="for instance models/packages/online-retail/1")
    head.add_argument("--config", type=Path, required=True, metavar="FILE", help="the configuration that the package was made with")
    head.add_argument("--events", type=Path, nargs="+", default=[], metavar="FILE",
                      help="events of the shop, in the forms that `retrain` reads: for a package that it trained (default: the configuration's data)")
    head.add_argument("--days", type=int, default=14, metavar="N", help="newest days of --events that nothing is learned from (default: 14)")
    head.set_defaults(run=_churn)
    text = "measure the configuration's churn head against boosting at cut-offs before the test period, where it may be changed"
    earlier = commands.add_parser("churn-earlier", help=text, description=text)
    earlier.add_argument("--config", type=Path, required=True, metavar="FILE", help="configuration (TOML), see models/configs")
    earlier.add_argument("--cuts", type=int, default=3, metavar="N", help="cut-offs, two weeks apart (default: 3)")
    earlier.add_argument("--seeds", type=int, default=3, metavar="N", help="heads a cut-off (default: 3)")
    earlier.set_defaults(run=_churn_earlier)
    text = "train the configuration's next item at several seeds and ask each the same questions: mean, deviation, interval against the baselines"
    seeds = commands.add_parser("seeds", help=text, description=text + ". The package of the configuration counts as the run of its seed")
    seeds.add_argument("--config", type=Path, required=True, metavar="FILE", help="configuration (TOML), see models/configs")
    seeds.add_argument("--runs", type=int, default=3, metavar="N", help="seeds, from the configuration's on (default: 3)")
    seeds.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="where checkpoints and seeds.json go; the same command goes on there")
    seeds.set_defaults(run=_seeds)
    text = "train one encoder on the behaviour of several shops, for `train --initial` and `retrain --initial`"
    first = commands.add_parser("pretrain", help=text, description=text)
    first.add_argument("--config", type=Path, required=True, metavar="FILE", help="recipe of the shop that will be fine-tuned")
    first.add_argument("--events", type=Path, nargs="+", required=True, metavar="FILE", help="one event file (or Online Retail CSV) a shop")
    first.add_argument("--output", type=Path, required=True, metavar="FILE", help="where the encoder goes (.npz)")
    first.add_argument("--until", type=dt.date.fromisoformat, metavar="DATE", help="the first day that it does not see (default: of a CSV the configuration's "
                       "validation_start, of events the 28th day before the end, where `retrain` starts to hold out)")
    first.set_defaults(run=_pretrain)
    text = "measure recipes and baselines on data of a known form by a known protocol; writes result.json and report.html"
    benchmark = commands.add_parser("benchmark", help=text, description=text)
    benchmark.add_argument("--config", type=Path, required=True, metavar="FILE", help="for instance models/configs/beauty.toml")
    benchmark.add_argument("--data", type=Path, metavar="FOLDER", help="where the files are (default: the configuration's)")
    benchmark.add_argument("--output", type=Path, metavar="FOLDER", help="where results go (default: the configuration's)")
    benchmark.add_argument("--seed", type=int, metavar="N", help="first seed (default: the configuration's)")
    benchmark.add_argument("--runs", type=int, metavar="N", help="number of seeds (default: the configuration's)")
    benchmark.set_defaults(run=_benchmark)
    return parser


def _named(text: str) -> Path:
    """A folder by a path that ends in its name: others are written beside it."""
    path = Path(text)
    return path if path.name not in ("", "..") else path.resolve()


def _all(options: argparse.Namespace) -> None:
    ensure_malloc_settings()
    _catalogue(options)
    _train(options)


def _train(options: argparse.Namespace) -> None:
    ensure_malloc_settings()
    import dataclasses

    from .config import load_config
    from .pipeline import train_package

    config = load_config(options.config)
    if options.threads is not None:
        config = dataclasses.replace(config, threads=options.threads)
        config.check()
    train_package(config, _say, initial=options.initial)


def _retrain(options: argparse.Namespace) -> int:
    ensure_malloc_settings()
    from .config import load_config
    from .data.events import read_event_files
    from .training.retraining import retrain, with_catalogue
    from .packages.serving import serving_package

    config = with_catalogue(load_config(options.config), options.catalogue)
    transactions = read_event_files(options.events)
    _say(f"events: {dict(transactions.report)}")
    champion = options.champion
    if options.gateway is not None:
        champion = serving_package(options.gateway, options.packages / config.name, _say)
        if champion is None:
            _say("The champion is the highest version that is there, if there is one.")
    published = retrain(config, transactions, champion, options.packages, options.days, _say, options.initial)
    return 0 if published is not None else NOT_BETTER


def _export(options: argparse.Namespace) -> None:
    ensure_malloc_settings()
    from .config import load_config
    from .packages.exporting import export_again

    export_again(options.package, load_config(options.config), options.parity, options.variant, _say, options.catalogue, options.events, options.days)


def _churn(options: argparse.Namespace) -> None:
    ensure_malloc_settings()
    from .config import load_config
    from .churn.rechurn import train_churn_again

    train_churn_again(options.package, load_config(options.config), _say, options.events, options.days)


def _churn_earlier(options: argparse.Namespace) -> None:
    ensure_malloc_settings()
    from .churn.earlier import churn_at_earlier_cuts
    from .config import load_config

    churn_at_earlier_cuts(load_config(options.config), options.cuts, options.seeds, _say)


def _seeds(options: argparse.Namespace) -> None:
    ensure_malloc_settings()
    from .config import load_config
    from .training.seeds import measure_seeds

    measure_seeds(load_config(options.config), options.runs, options.output, _say)


def _pretrain(options: argparse.Namespace) -> None:
    ensure_malloc_settings()
    from .config import load_config
    from .training.pretraining import pretrain

    pretrain(load_config(options.config), options.events, options.output, _say, options.until)


def _benchmark(options: argparse.Namespace) -> None:
    ensure_malloc_settings()
    import dataclasses

    from .benchmark.runner import run_benchmark
    from .benchmark.settings import BenchmarkConfig
    from .config import load_toml

    config = load_toml(options.config, BenchmarkConfig)
    if options.data is not None:
        config = dataclasses.replace(config, data=dataclasses.replace(config.data, folder=options.data))
    chosen = {name: getattr(options, name) for name in ("seed", "runs", "output") if getattr(options, name) is not None}
    config = dataclasses.replace(config, **chosen)
    config.check()
    run_benchmark(config, config.output, _say)


def _catalogue(options: argparse.Namespace) -> None:
    from .data.catalogue import write_catalogue
    from .config import load_config

    write_catalogue(load_config(options.config), _say)


def _check(options: argparse.Namespace) -> None:
    from .packages.package import check_package

    model = check_package(options.package)
    _say(f"{options.package}: {model['name']} {model['version']}, {model['itemCount']} items, sound")


def _report(options: argparse.Namespace) -> None:
    from .packages.package import check_package
    from .packages.package_report import write_package_report
    from .packages.report import metric_tables

    model = check_package(options.package)
    if options.html is None:
        _say(metric_tables(model))
    else:
        write_package_report(options.html, model)
        _say(f"written: {options.html}")


def _say(message: str) -> None:
    print(message, flush=True)
