"""Run every benchmark and print one Markdown report."""

from __future__ import annotations

from benchmarks import depth, identities, startup, tensors, textbook, verdicts
from benchmarks.measurement import options, report

if __name__ == "__main__":
    asked = options("Run every benchmark and print one Markdown report.").parse_args()
    quick = asked.quick
    tables = [*startup.measure(3 if quick else 9), *depth.measure(quick=quick), *verdicts.measure(quick=quick)]
    tables += [*identities.measure(quick=quick), *textbook.measure(quick=quick), *tensors.measure(quick=quick)]
    report(tables, asked)
