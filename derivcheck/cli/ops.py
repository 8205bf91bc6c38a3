"""``derivcheck ops``: every operation by family; ``derivcheck ops huber``: all that is known of one."""

from __future__ import annotations

import json
import sys

import click
from rich.console import Console

from derivcheck.analysis.catalogue import operation_families, page_object
from derivcheck.analysis.catalogue import operation_page as find_page
from derivcheck.render import terminal
from derivcheck.report.compose_operation import operation_list, operation_page
from derivcheck.report.figures import Style
from derivcheck.report.phrases import language as language_of


@click.command("ops", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Write formulas in ASCII.")
@click.option("--lang", "language", default="en", metavar="en|ko", help="The language of the headings.")
def operations(name: str | None, as_json: bool, ascii_only: bool, language: str) -> None:
    """List every operation, loss and activation; with NAME its formula, options, derivative, parts and kinks."""
    words = language_of(language)
    if name is None:
        families = operation_families()
        if as_json:
            listed = {f: [{"name": x.name, "summary": x.summary} for x in lines] for f, lines in families.items()}
            click.echo(json.dumps({"schema": 1, "operations": listed}, indent=2, ensure_ascii=False))
            return
        blocks = operation_list(families)
    else:
        page = find_page(name)
        if as_json:
            click.echo(json.dumps(page_object(page), indent=2, ensure_ascii=False))
            return
        blocks = operation_page(page, Style())
    console = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 80)
    terminal.show(blocks, console, words, ascii_only=ascii_only)
