"""Run every benchmark and print one Markdown report."""

from __future__ import annotations

from benchmarks import depth, startup
from benchmarks.measurement import options, report

if __name__ == "__main__":
    asked = options("Run every benchmark and print one Markdown report.").parse_args()
    report([*startup.measure(3 if asked.quick else 9), *depth.measure(quick=asked.quick)], asked)
