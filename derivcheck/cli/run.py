"""Running the main command: each stage is printed as soon as it is done, the derivation before torch is imported."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from derivcheck.analysis.checks import check
from derivcheck.analysis.claimed import Claim, claim_items
from derivcheck.analysis.claims import read_claims
from derivcheck.analysis.compare import other_loss, traits
from derivcheck.analysis.conclude import derivatives, outcome
from derivcheck.analysis.loci import BRIEF_SECONDS, SECONDS, corner_error, search
from derivcheck.analysis.published import analysis_of
from derivcheck.analysis.request import read_loss, read_machine, read_rate, read_upstream
from derivcheck.analysis.result import Analysis
from derivcheck.analysis.stages import ORACLES, Derived, derive
from derivcheck.budget import Deadline
from derivcheck.errors import PointError, UnsupportedError
from derivcheck.language.array_files import Value, read_values
from derivcheck.nonsmooth import Loci
from derivcheck.render import markdown, terminal
from derivcheck.report.blocks import Block
from derivcheck.report.compose import check_report, comparison_report, derivation_report
from derivcheck.report.figures import Style
from derivcheck.report.material import Checked
from derivcheck.report.phrases import Language
from derivcheck.report.phrases import language as language_of
from derivcheck.verdict import exit_code


@dataclass(frozen=True, slots=True)
class _Screen:
    """Where a report goes, stage by stage."""

    language: Language
    style: Style
    shape: str
    output: Path | None
    quiet: bool
    ascii_only: bool
    all_loci: bool

    @property
    def live(self) -> bool:
        """Whether stages are shown at once: on standard output, as text for people."""
        return self.output is None and self.shape == "terminal" and not self.quiet

    def show(self, blocks: Sequence[Block], *, apart: bool = False) -> None:
        """Print blocks now, a blank line before them if they follow others."""
        console = Console(soft_wrap=True)
        if console.width < terminal.LEAST_WIDTH:
            console = Console(soft_wrap=True, width=terminal.LEAST_WIDTH)
        if apart:
            console.print()
        terminal.show(blocks, console, self.language, ascii_only=self.ascii_only)
        console.file.flush()

    def finish(self, blocks: Sequence[Block], analysis: Analysis) -> None:
        """Print or write what was not shown at once."""
        if self.quiet:
            if self.shape == "terminal" and self.output is None:
                self.show(blocks[-1:])
                return
            blocks = blocks[-1:]
        if self.shape == "json":
            text = analysis.to_json(indent=2) + "\n"
        elif self.shape == "markdown":
            text = markdown.text(blocks, self.language)
        else:
            text = terminal.text(blocks, terminal.Screen(self.language, 80, self.ascii_only))
        if self.output is None:
            write_standard_output(text)
        else:
            write_report(self.output, text)


def write_standard_output(text: str) -> None:
    """Write to standard output, letters that its encoding lacks replaced."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def write_report(path: Path, text: str) -> None:
    """Write a report as UTF-8.

    Raises:
        PointError: the file cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PointError(f"{path} cannot be written: {error.strerror}", None, "give another file with -o") from error


# long function: every option of the command is one parameter
def run(
    *,
    expression: str,
    at: Sequence[str],
    shapes: Sequence[str],
    assume: Sequence[str],
    let: Sequence[str],
    wrt: str | None,
    lr: str | None,
    order: int,
    upstream: str | None,
    compare: str | None,
    claim: Sequence[str],
    loci: bool,
    literals: str,
    numbers: Any,
    digits: int,
    full: bool,
    shape: str,
    output: Path | None,
    quiet: bool,
    ascii_only: bool,
    language: str,
    dtype: str,
    device: str,
    no_autograd: bool,
    timeout: float,
) -> int:
    """Analyse and print; the exit code."""
    deadline = Deadline(timeout)
    machine = read_machine(dtype, device)
    oracles = [o for o in ORACLES if not (no_autograd and o == "autograd")]
    screen = _Screen(language_of(language), Style(numbers, digits), shape, output, quiet, ascii_only, loci)
    point = read_values(at)
    items = claim_items(claim)
    claimed = [n for names in items for n in names]
    loss = read_loss(
        expression,
        point,
        wrt=wrt,
        let=let or None,
        claimed=claimed,
        literals=literals,
        shapes=shapes or None,
        assume=assume or None,
    )
    if loci and loss.shapes is not None:
        text = "places without derivative are listed for losses of single numbers only"
        raise UnsupportedError(text, None, "leave out --loci; at a point kinks are found with --at")
    rate = None if lr is None else read_rate(lr)
    up = read_upstream(upstream)
    derived = derive(loss, deadline, order=order, upstream=up, rate=rate, oracles=oracles, machine=machine, full=full)
    claims = read_claims(items, derived)
    other = _other(compare, derived, point, oracles, full=full)
    return _shown(derived, claims, other, screen)


def _shown(derived: Derived, claims: Sequence[Claim], other: Derived | None, screen: _Screen) -> int:
    """Show the derivation, then ask the oracles and show what they found; the exit code."""
    blocks = derivation_report(derived.subject, screen.style)
    if screen.live:
        screen.show(blocks)
    checked = check(derived, claims)
    comparison = None if other is None else check(other)
    seconds = SECONDS if screen.all_loci else BRIEF_SECONDS
    found = search(derived.subject, derived.deadline, seconds)
    listed = None if derived.subject.shapes else found
    error = corner_error(derived.subject) if screen.all_loci and listed else None
    checks = check_report(checked, screen.style, listed, all_loci=screen.all_loci, error=error)
    later = (*_comparison(checked, comparison, screen.style), *checks)
    if screen.live:
        screen.show(later, apart=True)
    else:
        beside = None
        if comparison is not None:
            beside = _result(comparison, search(comparison.subject, derived.deadline, BRIEF_SECONDS))
        screen.finish((*blocks, *later), _result(checked, found, beside))
    return exit_code([outcome(checked)])


def _other(
    compare: str | None, derived: Derived, point: Mapping[str, Value], oracles: Sequence[str], *, full: bool
) -> Derived | None:
    if compare is None:
        return None
    loss = other_loss(compare, derived.loss, derived.subject.explanation, at=point)
    quick = [o for o in oracles if o != "direct"]  # the worker is busy with the first loss
    return derive(loss, derived.deadline, oracles=quick, machine=derived.machine, full=full)


def _comparison(checked: Checked, other: Checked | None, style: Style) -> tuple[Block, ...]:
    if other is None:
        return ()
    return comparison_report(checked, other, style, (traits(checked), traits(other)))


def _result(checked: Checked, loci: Loci, comparison: Analysis | None = None) -> Analysis:
    return analysis_of(checked, derivatives(checked.subject, checked.evidence.partials), comparison, loci)
