"""``derivcheck EXPR``: one loss, derived, explained and checked."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from derivcheck import __version__
from derivcheck.budget import WORKER, uncollected
from derivcheck.cli.arguments import with_expressions_last
from derivcheck.cli.watchdog import within
from derivcheck.errors import DerivcheckError, OutOfTimeError, PointError
from derivcheck.verdict import EXIT_UNDECIDED, EXIT_UNUSABLE

INTERRUPTED = 130
OPERATIONS = "ops"
"""The command that lists operations; --expr reads it as an expression."""
_LONGEST_INPUT = 1_000_000
_FORMATS = {".md": "markdown", ".markdown": "markdown", ".json": "json", ".txt": "terminal"}

_EXAMPLES = """
\b
Examples:
  derivcheck "(y-(w*x+b))**2" --at x=2,y=4,w=3,b=1
  derivcheck "(y-(w*x+b))**2" --at x=2,y=4,w=3,b=1 --lr 0.1
  derivcheck "|y-ŷ|" --at y=4,ŷ=4 --wrt ŷ
  derivcheck "(y-(w*x+b))**2" --at x=2,y=4,w=3,b=1 --compare mae
  derivcheck "|y-(w*x+b)|" --loci
  derivcheck "yhat = w*x+b; u = y-yhat; u**2" --wrt w,b --order 2
  derivcheck "-log(p)" --at p=1/2 --json
  derivcheck ops huber
  echo "sin(x)^2" | derivcheck - --at x=pi/4

\b
Exit codes: 0 verified or consistent, 1 refuted, 2 unusable input,
3 undecided or out of time, 4 no derivative at the point.
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.argument("expression", required=False)
@click.option("--expr", "forced", metavar="EXPR", help="The expression, where it could be taken for something else.")
@click.option(
    "--at", multiple=True, metavar="x=2,y=1/3", help="Values, exact; repeatable. Or a file: X=rows.csv, .json, .npz."
)
@click.option("--shape", "shapes", multiple=True, metavar="'X=(n,d), w=(d)'", help="Shapes of arrays; repeatable.")
@click.option("--assume", multiple=True, metavar="'t: onehot'", help="A fact about an input; repeatable.")
@click.option("--let", multiple=True, metavar="NAME=EXPR", help="A definition; repeatable.")
@click.option("--wrt", metavar="w,b", help="Differentiate by these; 'all' for every name.")
@click.option("--lr", metavar="RATE", help="Show one gradient-descent step with this learning rate.")
@click.option("--order", type=click.IntRange(1, 2), default=1, help="2 shows the Hessian too.")
@click.option("--upstream", metavar="NUMBER", help="The gradient that arrives from further up; 1 by default.")
@click.option("--claim", multiple=True, metavar="'w: -2*x*u'", help="A derivative to judge, or its value; repeatable.")
@click.option("--loci", is_flag=True, help="Show every place where no derivative exists, with its slopes.")
@click.option("--compare", metavar="mae|mse|EXPR", help="Set another loss beside this one.")
@click.option("--literals", default="decimal", metavar="decimal|binary64", help="Numbers as written, or as floats.")
@click.option("--numbers", type=click.Choice(["auto", "fraction", "decimal", "both"]), default="auto")
@click.option("--digits", type=click.IntRange(1, 1000), default=6, help="Significant digits of rounded numbers.")
@click.option("--full", is_flag=True, help="Show every piece of a long loss.")
@click.option("--format", "shape", type=click.Choice(["terminal", "markdown", "json"]), help="The form of the output.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead.")
@click.option("--quiet", is_flag=True, help="Print the verdict line only.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Write formulas in ASCII.")
@click.option("--lang", "language", default="en", metavar="en|ko", help="The language of the report.")
@click.option("--dtype", default="float64", metavar="TYPE", help="float64, float32, float16 or bfloat16 in PyTorch.")
@click.option("--device", default="cpu", metavar="DEVICE", help="The PyTorch device; cpu by default.")
@click.option("--no-autograd", is_flag=True, help="Do not run PyTorch.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=30.0, help="Seconds; 30 by default.")
@click.version_option(__version__, prog_name="derivcheck")
def command(**options: Any) -> None:
    """Derive a loss, explain it by the chain rule, and check the derivative in four independent ways.

    EXPRESSION is written as people write it: (y-(w*x+b))^2, |y-ŷ|, where(x > 0, x, 0). Use - to read it from standard
    input.
    """
    WORKER.warm("derivcheck.oracles.proof")  # SymPy's import runs beside ours
    with uncollected():
        from derivcheck.cli.run import run

    options["expression"] = _expression(options.pop("expression"), options.pop("forced"))
    options["shape"] = _shape(options["shape"], options.pop("as_json"), options["output"])
    if math.isnan(options["timeout"]):
        raise PointError("the time limit is no number", None, "write --timeout 30")
    with within(options["timeout"]):
        try:
            sys.exit(run(**options))
        except OutOfTimeError:
            if options["shape"] == "json" and options["output"] is None:
                click.echo(json.dumps({"schema": 1, "verdict": "UNDECIDED", "reason": "timeout"}))
            raise


def _expression(expression: str | None, forced: str | None) -> str:
    if forced is not None and expression is not None:
        raise PointError("two expressions are given", None, "give one, as an argument or with --expr")
    text = forced if forced is not None else expression
    if text is None:
        raise PointError(
            "an expression is missing", None, 'write one, such as: derivcheck "(y-w*x)^2" --at x=2,y=4,w=3'
        )
    return read_standard_input() if text == "-" and forced is None else text


def read_standard_input() -> str:
    """The expression from standard input, as UTF-8."""
    if sys.stdin is None:
        raise PointError("there is no standard input to read", None, "give the expression as an argument")
    raw = sys.stdin.buffer.read(_LONGEST_INPUT + 1)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PointError(f"standard input is not UTF-8 text (byte {error.start})", None, "send UTF-8") from error


def _shape(shape: str | None, as_json: bool, output: Path | None) -> str:
    if as_json and shape not in (None, "json"):
        raise PointError(f"--json and --format {shape} are both given", None, "give one of them")
    if as_json:
        return "json"
    if shape is None and output is not None:
        return _FORMATS.get(output.suffix.lower(), "terminal")
    return shape or "terminal"


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point: every expected error becomes a message and an exit code, never a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if "_DERIVCHECK_COMPLETE" in os.environ:
            command.main(given, prog_name="derivcheck")
        if given[:1] == [OPERATIONS]:
            _operations(given[1:])
        command.main(with_expressions_last(given, command), prog_name="derivcheck", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except (KeyboardInterrupt, click.exceptions.Abort):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except MemoryError:
        click.echo("error: this needs more memory than there is\n  take smaller arrays, or other brackets", err=True)
        sys.exit(EXIT_UNUSABLE)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_UNUSABLE)
    except OutOfTimeError as error:
        click.echo(f"UNDECIDED  {error}", err=True)
        sys.exit(EXIT_UNDECIDED)
    except DerivcheckError as error:
        click.echo(f"error: {_printable(str(error))}", err=True)
        sys.exit(EXIT_UNUSABLE)
    except OSError as error:  # the reader of the output has gone, or the disk is full
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            click.echo(f"error: the output cannot be written: {error.strerror}", err=True)
        sys.exit(EXIT_UNUSABLE)


def _operations(given: Sequence[str]) -> None:
    """``derivcheck ops``: the name of the command wins over a variable of that name."""
    from derivcheck.cli.ops import operations

    operations.main(list(given), prog_name=f"derivcheck {OPERATIONS}", standalone_mode=False)
    raise click.exceptions.Exit(0)


def _printable(text: str) -> str:
    """The text as standard error can show it."""
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
