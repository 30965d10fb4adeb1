"""The command line. Only this file is imported by ``fiscax --help``.

Every command takes ``--out DIR`` and writes its numbers and ``manifest.json`` there.
Exit codes: 0 done, 1 the reproduced numbers differ, 2 a mistake in the input (one line
on standard error), 130 interrupted.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ..._runtime import few_arenas, rare_collections
from ..._version import __version__
from ...errors import FiscaxError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = make_parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 0
    options.arguments = arguments
    # What repeats a recorded command: this function.
    options.again = main
    few_arenas()
    rare_collections()
    from .commands import COMMANDS

    try:
        return int(COMMANDS[options.command](options) or 0)
    except KeyboardInterrupt as error:
        print(f"fiscax: {error or 'interrupted'}", file=sys.stderr)
        return 130
    except ValueError as error:
        if not _is_input_error(error):
            raise
        print(f"fiscax: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except OSError as error:
        if error.filename is None:
            raise
        print(f"fiscax: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2


def _is_input_error(error: ValueError) -> bool:
    """Whether fiscax itself raised the error about its input (numpy's are bugs)."""
    package = __name__.split(".")[0]
    own = type(error).__module__.startswith(package + ".")
    return own or isinstance(error, FiscaxError)


def make_parser() -> argparse.ArgumentParser:
    """Parser of the command line; ``command`` is a key of ``commands.COMMANDS``."""
    parser = argparse.ArgumentParser(
        prog="fiscax",
        description="Solve and compare two models of US government debt: "
        "safe and risky Treasurys.",
    )
    parser.add_argument("--version", action="version", version=f"fiscax {__version__}")
    add = parser.add_subparsers(dest="command", metavar="COMMAND").add_parser
    add("list", help="the experiments and the questions they answer")
    _add_run(add("run", help="run one experiment"))
    report = add("report", help="run every experiment of the report, write index.html")
    report.add_argument(
        "--slow",
        action="store_true",
        help="with every study, also those that take minutes: certificates, frontier, "
        "growth-news, orders",
    )
    report.add_argument(
        "--fresh",
        action="store_true",
        help="measure again what an earlier report in DIR has complete",
    )
    report.add_argument(
        "--processes",
        type=_count,
        metavar="N",
        help="measure N studies side by side (default: 2 on two processors or more)",
    )
    _add_seed(report)
    _add_out(report, "out/report")
    _add_moments(add("moments", help="empirical moments, recomputed from data files"))
    _add_facts(add("facts", help="every shipped table of facts, from data files"))
    _add_fetch(add("fetch", help="download series from FRED into the cache"))
    _add_sweep(add("sweep", help="map a function over a grid or sample of parameters"))
    _add_solve(add("solve", help="solve the model of a Dynare file (.mod)"))
    _add_estimate(add("estimate", help="estimate the model of a Dynare file (.mod)"))
    _add_value(add("value", help="what backs the debt in a file of your series (.csv)"))
    calibrate = add("calibrate", help="pick parameters by matching an era's moments")
    calibrate.add_argument("era", metavar="ERA", help="such as 1998-2019")
    _add_seed(calibrate)
    _add_out(calibrate, "out/calibrate-ERA")
    _add_capacity(add("capacity", help="what the surpluses of a projection are worth"))
    _add_outlook(add("outlook", help="debt and yields to the end of a projection"))
    _add_app(add("app", help="the page that a class plays with: one HTML file"))
    _add_reproduce(add("reproduce", help="repeat the run of a manifest and compare"))
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="an experiment of `fiscax list`")
    _add_overrides(parser)
    _add_seed(parser)
    _add_out(parser, "out/NAME")


def _add_solve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.mod")
    parser.add_argument(
        "--order",
        type=int,
        choices=(1, 2, 3),
        default=1,
        help="order of the perturbation (default 1)",
    )
    parser.add_argument(
        "--path",
        action="store_true",
        help="the deterministic path that the file asks for, instead",
    )
    parser.add_argument(
        "--horizon",
        type=_count,
        metavar="PERIODS",
        help="length of the impulse responses (default 40), or of the path (that of "
        "the file)",
    )
    _add_overrides(parser)
    _add_out(parser, "out/FILE")


def _add_estimate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.mod")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help="names of observables in the first row, a row per date, empty: missing "
        "(.csv, .xlsx, .mat, or a .m of vectors); default: what the file's "
        "estimation(...) says, with its dates and options",
    )
    parser.add_argument(
        "--method",
        choices=("mode", "mh", "nuts", "smc", "gmm", "smm"),
        help="posterior mode, and from there Metropolis-Hastings, the no-U-turn "
        "sampler, or particles along a tempered path (these need fiscax[bayes]), or "
        "moments, in closed form (gmm) or of simulated paths (smm); default: mh if the "
        "file asks for draws, else mode",
    )
    parser.add_argument(
        "--order",
        type=int,
        choices=(1, 2, 3),
        help="of the solution whose moments gmm and smm match (default 1)",
    )
    parser.add_argument(
        "--lags",
        type=_count,
        metavar="N",
        help="autocovariances that they match, up to N periods (default 1)",
    )
    parser.add_argument(
        "--weights",
        choices=("optimal", "diagonal"),
        help="of gmm and smm (default optimal)",
    )
    parser.add_argument(
        "--third",
        action="store_true",
        help="match means of third powers of every observable too",
    )
    parser.add_argument(
        "--samples",
        type=_count,
        metavar="N",
        help="samples of the data's length that smm simulates (default 10)",
    )
    parser.add_argument(
        "--draws",
        type=_count,
        metavar="N",
        help="draws kept of each chain, or particles (default: the file's, or 5000)",
    )
    parser.add_argument(
        "--chains",
        type=_count,
        metavar="N",
        help="of mh and nuts (default: the file's, or 4), or independent runs of smc "
        "(default 1)",
    )
    parser.add_argument(
        "--logs",
        action="store_true",
        help="observables are taken in logarithms (loglinear in Dynare)",
    )
    parser.add_argument(
        "--presample",
        type=int,
        default=0,
        metavar="T",
        help="first dates that start the filter and are not judged (default 0)",
    )
    parser.add_argument(
        "--initial-variance",
        type=float,
        metavar="V",
        help="of each state before the first date; default: its ergodic variance",
    )
    for name, text in (
        ("annual", "a column of a quarterly model with a value a year, at its end"),
        ("quarterly", "a column of a monthly model with a value a quarter, at its end"),
    ):
        parser.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar="COLUMN=KIND",
            help=f"{text}: sum, mean or end; may be repeated",
        )
    _add_workers(parser)
    _add_overrides(parser)
    _add_seed(parser)
    _add_out(parser, "out/estimate-FILE")


def _add_value(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="annual or quarterly series; columns as in valuation_example.csv",
    )
    for name in ("start", "end"):
        parser.add_argument(
            f"--{name}",
            type=int,
            metavar="YEAR",
            help=f"{'first' if name == 'start' else 'last'} year of the sample",
        )
    parser.add_argument(
        "--draws", type=int, default=10_000, help="bootstrap draws (default 10000)"
    )
    parser.add_argument(
        "--risk-prices",
        action="store_true",
        help="estimate a discount factor too and price strips with it (half a minute)",
    )
    _add_workers(parser)
    _add_overrides(parser)
    _add_seed(parser)
    _add_out(parser, "out/FILE")


def _add_capacity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a .csv or .xlsx file, or a shipped name such as cbo_baseline",
    )
    _add_overrides(parser)
    _add_out(parser, "out/capacity-FILE")


def _add_outlook(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        default="cbo_baseline",
        help="a .csv or .xlsx file, or a shipped name (default cbo_baseline)",
    )
    _add_overrides(parser)
    _add_seed(parser)
    _add_out(parser, "out/outlook")


def _add_app(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--solve",
        action="store_true",
        help="solve every economy of the page again (half an hour), write app.json",
    )
    parser.add_argument("--open", action="store_true", help="show it in a browser")
    _add_out(parser, "out/app")


def _add_moments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        default=_environment_path("FISCAX_DATA_DIR"),
        metavar="DIR",
        help="directory of CSV files; default FISCAX_DATA_DIR, else the shipped table",
    )
    _add_out(parser, "out/moments")


def _add_facts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        default=_environment_path("FISCAX_DATA_DIR"),
        metavar="DIR",
        help="directory of CSV files; default FISCAX_DATA_DIR",
    )
    parser.add_argument(
        "--only", metavar="TABLES", help="some of them, without .csv: moments,pandemic"
    )
    _add_seed(parser)
    _add_out(parser, "out/facts")


def _add_fetch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "series",
        nargs="*",
        metavar="ID",
        help="FRED ids; those that the moments read by default",
    )
    parser.add_argument(
        "--cached",
        action="store_true",
        help="the newest download in the cache, without network",
    )
    _add_out(parser, "out/fetch")


def _add_sweep(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", type=Path, metavar="SPEC", help="TOML file")
    parser.add_argument(
        "--resume", action="store_true", help="go on with the finished batches"
    )
    _add_workers(parser)
    _add_out(parser, "out/SPEC")


def _add_reproduce(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("manifest", type=Path, metavar="MANIFEST")
    parser.add_argument(
        "--rtol",
        type=float,
        default=1e-8,
        help="largest relative difference that counts as the same (default 1e-8)",
    )
    _add_out(parser, "out/reproduced")


def _add_overrides(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PARAMETER=VALUE",
        dest="overrides",
        help="change a parameter; may be repeated",
    )


def _add_workers(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--workers",
        type=_count,
        metavar="N",
        help="share the work among N processes of this machine (needs fiscax[cluster])",
    )
    group.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="share it among the workers of a Dask scheduler, as tcp://HOST:8786",
    )


def _add_seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=_seed, default=0, help="seed of random draws")


def _add_out(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help=f"directory of results ({default})"
    )


def _environment_path(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None


def _count(text: str) -> int:
    """A count: an integer from 1 on."""
    count = int(text) if text.isdecimal() else 0
    if count < 1:
        raise argparse.ArgumentTypeError(f"{text!r} has to be an integer from 1 on")
    return count


def _seed(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError("has to be from 0 to 4294967295")
    return value


if __name__ == "__main__":
    sys.exit(main())
