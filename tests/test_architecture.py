"""The house stays in order: floors, owners, lazy imports, no text run as code, files, lengths, words."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import import_rules
import pytest
import source_rules
from source_modules import Violation, package_modules

ROOT = Path(__file__).resolve().parent.parent
Rule = Callable[[Path], Iterator[Violation]]
RULES: dict[str, Rule] = {
    "floors and owners": import_rules.floor_violations,
    "lazy imports": import_rules.laziness_violations,
    "no circles": import_rules.cycle_violations,
    "no text run as code": source_rules.running_violations,
    "files opened where the name says so": source_rules.file_violations,
    "lengths": source_rules.length_violations,
    "no silent catch-all": source_rules.catch_all_violations,
    "names that say something": source_rules.name_violations,
    "words": source_rules.word_violations,
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_house_is_in_order(rule: Rule) -> None:
    """No source file breaks the rule."""
    broken = [str(v) for v in rule(ROOT)]
    assert not broken, "\n".join(broken)


def test_tests_and_benchmarks_say_why_they_are_long() -> None:
    """The rule of lengths holds for files outside the package too."""
    broken = [str(v) for v in source_rules.length_violations(ROOT, "tests", "benchmarks", "examples")]
    assert not broken, "\n".join(broken)


def test_the_package_is_read() -> None:
    """The rules see the modules that are there, so that they cannot pass by looking at nothing."""
    assert {m.room for m in package_modules(ROOT)} >= {"source", "numbers", "ops", "language", "graph", "derive"}


def test_architecture_names_the_floors_in_order() -> None:
    """The floors that are enforced are those that ARCHITECTURE.md describes."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    described = re.search(r"^    source →.*?(?=\n\n)", text, re.MULTILINE | re.DOTALL)
    assert described, "ARCHITECTURE.md has no block that begins with 'source →'"
    floors = tuple(tuple(re.findall(r"\w+", floor)) for floor in described[0].split("→"))
    assert floors == import_rules.FLOORS[:-1]


def test_importing_every_module_loads_no_heavy_package() -> None:
    """SymPy and torch are not loaded by importing any module; what the source says is so at run time too."""
    skipped = {"pytest_plugin", "testing", "__main__"}
    names = [".".join(m.parts) for m in package_modules(ROOT) if not skipped & set(m.parts)]
    names = [n.removesuffix(".__init__") for n in names]
    program = (
        "import sys; from importlib import import_module\n"
        f"for name in {names!r}: import_module(name)\n"
        f"print([n for n in {import_rules.LAZY!r} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


BROKEN = {
    "an upward import": (
        "derivcheck/numbers/ball.py", "from derivcheck.ops.table import TABLE\n", import_rules.floor_violations,
    ),
    "an upward import in a function": (
        "derivcheck/graph/steps.py", "def f():\n    import derivcheck.derive\n", import_rules.floor_violations,
    ),
    "an upward import for types only": (
        "derivcheck/ops/row.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from derivcheck.graph import Graph\n",
        import_rules.floor_violations,
    ),
    "a relative upward import": (
        "derivcheck/ops/row.py", "from ..graph.steps import Graph\n", import_rules.floor_violations,
    ),
    "a room as a name of the package": (
        "derivcheck/ops/row.py", "from derivcheck import graph\n", import_rules.floor_violations,
    ),
    "the public surface from below": (
        "derivcheck/ops/row.py", "from derivcheck import analyze\n", import_rules.floor_violations,
    ),
    "an upward import by name": (
        "derivcheck/ops/row.py", "f = load('derivcheck.oracles.direct:prove')\n", import_rules.floor_violations,
    ),
    "a neighbour on the same floor": (
        "derivcheck/descent/path.py", "import derivcheck.documents\n", import_rules.floor_violations,
    ),
    "a room without a floor": ("derivcheck/attic.py", "", import_rules.floor_violations),
    "torch outside its room": (
        "derivcheck/oracles/autograd.py", "def f():\n    import torch.nn\n", import_rules.floor_violations,
    ),
    "click outside its room": ("derivcheck/analysis.py", "import click\n", import_rules.floor_violations),
    "sympy with a module": (
        "derivcheck/normal/field.py", "from sympy import Symbol\n", import_rules.laziness_violations,
    ),
    "torch in a class body": (
        "derivcheck/frameworks/t.py", "class A:\n    import torch\n", import_rules.laziness_violations,
    ),
    "two modules on a circle": (
        "derivcheck/ops/row.py", "import derivcheck.ops.row2\n", import_rules.cycle_violations,
    ),
    "eval": ("derivcheck/language/a.py", "x = eval('1')\n", source_rules.running_violations),
    "builtins.exec": ("derivcheck/language/a.py", "builtins.exec('1')\n", source_rules.running_violations),
    "sympify": ("derivcheck/language/a.py", "x = sympy.sympify(t)\n", source_rules.running_violations),
    "parse_expr by import": (
        "derivcheck/language/a.py",
        "def f():\n    from sympy.parsing.sympy_parser import parse_expr as p\n",
        source_rules.running_violations,
    ),
    "a file opened anywhere": ("derivcheck/a.py", "def load(p):\n    return open(p)\n", source_rules.file_violations),
    "a file read by its path": ("derivcheck/a.py", "T = Path('x').read_text()\n", source_rules.file_violations),
    "a long file": ("derivcheck/a.py", '"""A module."""\n' + "x = 1\n" * 300, source_rules.length_violations),
    "a long function": (
        "derivcheck/a.py", "def f():\n    x = 1\n" + "    x = 2\n" * 39, source_rules.length_violations,
    ),
    "a silent catch-all": (
        "derivcheck/a.py", "try:\n    f()\nexcept Exception:\n    pass\n", source_rules.catch_all_violations,
    ),
    "a catch-all without a reason": (
        "derivcheck/a.py", "try:\n    f()\nexcept (Exception, E):  # noqa: BLE001\n    pass\n",
        source_rules.catch_all_violations,
    ),
    "a bare except": ("derivcheck/a.py", "try:\n    f()\nexcept:\n    pass\n", source_rules.catch_all_violations),
    "a vague name": ("derivcheck/ops/utils.py", "", source_rules.name_violations),
    "a word about the work": ("README.md", "Written in one " + "sess" + "ion.\n", source_rules.word_violations),
    "a number of the tracker": ("derivcheck/a.py", "# see iss" + "ue 12\n", source_rules.word_violations),
}  # fmt: skip


@pytest.mark.parametrize(("path", "text", "rule"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_found(tmp_path: Path, path: str, text: str, rule: Rule) -> None:
    """Each rule finds the file that breaks it, among files that do not."""
    _write_orderly_tree(tmp_path)
    assert not list(rule(tmp_path))
    _write(tmp_path / path, text)
    _write(tmp_path / "derivcheck/ops/row2.py", "import derivcheck.ops.row\n")
    assert [v for v in rule(tmp_path) if path in v.place or "row" in v.message]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_orderly_tree(root: Path) -> None:
    """A small package that keeps every rule, also where it comes close to breaking one."""
    _write(root / "derivcheck/__init__.py", "def __getattr__(name):\n    from derivcheck.analysis import analyze\n")
    _write(root / "derivcheck/ops/__init__.py", "from derivcheck.numbers import kernel\n")
    _write(root / "derivcheck/numbers/kernel.py", "def f():\n    import sympy\n    return re.compile('x')\n")
    _write(root / "derivcheck/graph/steps.py", "from derivcheck.ops import row\nfrom . import builder\n")
    _write(root / "derivcheck/graph/builder.py", "")
    _write(root / "derivcheck/frameworks/torch_bridge.py", "def f():\n    import torch\n    torch.nn.Module().eval()\n")
    _write(root / "derivcheck/cli/main.py", "import click\nfrom derivcheck import __version__\n")
    _write(
        root / "derivcheck/language/point.py", "def read_point(path):\n    with open(path) as f:\n        return f\n"
    )
    _write(root / "derivcheck/language/reader.py", "class Reader:\n    def f(self):\n        self.open(1)\n")
    lines = '"""A module.\n\nThe file is longer\nthan most: a table has one row for each.\n"""\n' + "x = 1\n" * 300
    _write(root / "derivcheck/errors.py", lines)
    function = "# long function: one branch for each kind\ndef f():\n    x = 1\n" + "    x = 2\n" * 39
    reraises = "try:\n    f()\nexcept BaseException:\n    stop()\n    raise\n"
    explained = "try:\n    f()\nexcept Exception:  # noqa: BLE001 - a failed job is no agreement\n    g()\n"
    _write(root / "derivcheck/source.py", function + reraises + explained)
    _write(root / "README.md", "An issue of style; see the session_start hook.\n")
