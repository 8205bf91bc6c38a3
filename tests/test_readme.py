"""README is run: every command, every block of Python, and the outputs that it shows."""

import ast
import inspect
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import derivcheck
from derivcheck.cli import main

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
CONSOLE = [body for kind, body in BLOCKS if kind == "console"]
SHELL = [line for kind, body in BLOCKS if kind == "sh" and "fresh machine" not in body for line in body.splitlines()]
PYTHON = [body for kind, body in BLOCKS if kind == "python"]


def run(line: str) -> subprocess.CompletedProcess[str]:
    """A line of README, with this interpreter's derivcheck in place of the installed one."""
    ours = f"{shlex.quote(sys.executable)} -m derivcheck"
    command = re.sub(r"(^|\| )derivcheck\b", rf"\1{ours}", line)
    return subprocess.run(command, shell=True, capture_output=True, encoding="utf-8", check=False)  # noqa: S602 - README's own lines


@pytest.mark.parametrize("block", CONSOLE, ids=lambda b: b.splitlines()[0])
def test_what_readme_shows_is_what_the_command_prints(block: str) -> None:
    """The output in README is the output of the command, to the letter."""
    command, _, shown = block.partition("\n")
    result = run(command.removeprefix("$ "))
    assert result.returncode in (0, 4), result.stderr
    assert result.stdout.rstrip() == shown.rstrip()


@pytest.mark.parametrize("line", SHELL)
def test_every_command_of_readme_runs(line: str) -> None:
    """No command that README shows ends in an error."""
    result = run(line)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()
    if "--json" in line:
        assert json.loads(result.stdout)["schema"] == 1


@pytest.mark.parametrize("block", PYTHON)
def test_every_python_block_of_readme_runs(block: str) -> None:
    """The Python in README runs as it stands and its assertions hold."""
    result = subprocess.run([sys.executable, "-c", block], capture_output=True, encoding="utf-8", check=False)
    assert result.returncode == 0, result.stderr


def test_readme_lists_every_key_of_the_json_schema() -> None:
    """A key that the JSON has and README does not name is a key that nobody knows."""
    found = run('derivcheck "(y-(w*x+b))**2" --at x=2,y=4,w=3,b=1 --lr 0.1 --order 2 --compare mae --json')
    whole = json.loads(found.stdout)
    inner = {k for p in whole["gradient"].values() for k in p}
    keys = inner | set(whole) | set(whole["update"]) | set(whole["autograd"])
    assert {k for k in keys if f"`{k}`" not in README} == set()


def test_readme_gives_the_signatures_that_python_has() -> None:
    """Every parameter of both functions stands in README in its order, with its default where that is short."""
    for function in (derivcheck.analyze, derivcheck.equal):
        shown = re.search(rf"`{function.__name__}\((.*?)\)`", README, re.DOTALL)
        assert shown is not None
        parts = [" ".join(part.split()) for part in shown[1].replace("oracles=(…)", "oracles=…").split(",")]
        parameters = inspect.signature(function).parameters.values()
        assert [part.partition("=")[0] for part in parts if part != "*"] == [p.name for p in parameters]
        given = dict(part.split("=") for part in parts if "=" in part and "…" not in part)
        assert {p.name: ast.literal_eval(given[p.name]) for p in parameters if p.name in given} == {
            p.name: p.default for p in parameters if p.name in given
        }
        assert {p.name for p in parameters if p.default is not p.empty} - set(given) <= {"oracles"}


def test_readme_lists_every_option_of_the_command() -> None:
    """An option that README does not name is one that nobody finds."""
    options = [tuple(o.opts) for o in main.command.params if o.param_type_name == "option"]
    assert [names for names in options if not any(f"`{n}" in README or f" {n}" in README for n in names)] == []


def test_readme_has_the_two_commands_of_a_fresh_machine() -> None:
    """One block runs the example and one the tests, each a single command."""
    fresh = [body.splitlines() for kind, body in BLOCKS if kind == "sh" and "fresh machine" in body]
    assert [lines[0] for lines in fresh] == [
        "# on a fresh machine: run the main example",
        "# on a fresh machine: run the tests",
    ]
    assert all(len(lines) == 2 for lines in fresh)
