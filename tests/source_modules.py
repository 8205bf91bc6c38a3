"""The package's source as the rules of the house see it: modules, and what each imports; nothing is executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = "derivcheck"


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken at one place."""

    rule: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.rule}: {self.message}"


@dataclass(frozen=True)
class Module:
    """One source file.

    Attributes:
        root: the directory that the package lies in.
        path: the file.
    """

    root: Path
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The dotted name, in parts; a package's own file counts as the package."""
        parts = self.path.relative_to(self.root).with_suffix("").parts
        return parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts

    @property
    def room(self) -> str:
        return self.parts[1]

    def at(self, node: ast.AST | int) -> str:
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return f"{self.path.relative_to(self.root)}:{line}"


@dataclass(frozen=True, slots=True)
class Import:
    """A module that is imported: its dotted name, where, and whether it is loaded together with the importer."""

    name: str
    node: ast.AST
    eager: bool


def package_modules(root: Path) -> list[Module]:
    """Every source file of the package under ``root``."""
    return [Module(root, p) for p in sorted((root / PACKAGE).rglob("*.py"))]


def imports(module: Module) -> Iterator[Import]:
    """Every import: in functions and under TYPE_CHECKING too, and modules that are named in a string."""
    stack: list[tuple[ast.AST, bool]] = [(module.tree, True)]
    while stack:
        node, eager = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            eager = False
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            stack += [(child, False) for child in node.body]
            stack += [(child, eager) for child in node.orelse]
            continue
        yield from (Import(name, node, eager) for name in _imported(module, node))
        stack += [(child, eager) for child in ast.iter_child_nodes(node)]


def _imported(module: Module, node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            is_package = module.path.name == "__init__.py"
            here = module.path.relative_to(module.root).with_suffix("").parts[:-1]
            above = here[: len(here) - (node.level - 1)]
            base = ".".join([*above, *([base] if base else [])])
            assert above or is_package, f"{module.at(node)}: a relative import leaves the package"
        yield from (f"{base}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and called(node) == "import_module" and node.args:
        target = node.args[0]
        if isinstance(target, ast.Constant) and isinstance(target.value, str):
            yield target.value
    elif isinstance(node, ast.Constant) and re.fullmatch(PACKAGE + r"(\.\w+)+(:\w+)?", str(node.value)):
        yield str(node.value).partition(":")[0]


def called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""
