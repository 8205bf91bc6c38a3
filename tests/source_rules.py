"""The rules about source text: nothing runs text, who opens files, lengths, catch-alls, names and words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from source_modules import PACKAGE, Module, Violation, called, package_modules

RUNS_TEXT = frozenset({"eval", "exec", "compile", "__import__"})
"""Built-in functions that run text as code."""
READS_TEXT_AS_CODE = frozenset({"sympify", "parse_expr", "parse_latex", "lambdify", "S", "nsimplify", "literal_eval"})
"""Functions of libraries that run text as code, or read it by rules that are not ours."""

OPENS = frozenset(
    {"open", "read_text", "write_text", "read_bytes", "write_bytes", "fdopen", "savefig"}
    | {"NamedTemporaryFile", "TemporaryFile", "mkstemp", "fromfile", "tofile", "loadtxt", "savetxt", "genfromtxt"}
)
MAY_OPEN = {
    ("budget.py", "serve"): "the worker's own pipe, which is no file",
    ("cli/main.py", "main"): "the null device, for what is left to print when the reader has gone",
}
"""Functions that open something and are not named read_… or write_…, and why."""

LONGEST_FILE, LONGEST_FUNCTION = 300, 40
LONG_FILE = re.compile(r"\blonger than most: \w+|^# long file: \w+", re.MULTILINE)
"""How a file says why it is long: a sentence of its docstring, or a comment at the start of a line."""
LONG_FUNCTION = re.compile(r"# long function: \w+")
"""How a function says why it is long: a comment between the line before it and its first statement."""
REASON = re.compile(r"# noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*\s+(-+|–|#)\s+\w+")

VAGUE_MODULES = frozenset({"utils", "util", "helpers", "helper", "manager", "common", "misc", "data", "info", "tmp"})
FORBIDDEN_WORDS = re.compile(
    r"(?<!scope=[\"'])\bsessions?\b(?!_)|\bissues? #?\d+|\b(?:fix|clos|resolv)e[sd]? #\d+|\bGH-\d+|/wor[k]/",
    re.IGNORECASE,
)
"""The product speaks of itself alone, not of how or where it was written."""
TEXTS = (
    *(
        f"{folder}/**/*.{kind}"
        for folder in (PACKAGE, "tests", "benchmarks", "examples")
        for kind in ("py", "md", "txt")
    ),
    *("*.md", "*.toml", "*.yaml", ".*.yaml", "*.txt", ".ci/*"),
)
"""Where words are looked for."""


def running_violations(root: Path) -> Iterator[Violation]:
    """Nothing runs text as code."""
    for module in package_modules(root):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and _runs_text(node):
                yield Violation("runs text", module.at(node), f"{called(node)}(…)")
            elif isinstance(node, ast.ImportFrom):
                named = {alias.name for alias in node.names} & READS_TEXT_AS_CODE
                if named and (node.module or "").split(".")[0] != PACKAGE:
                    yield Violation("runs text", module.at(node), f"imports {', '.join(sorted(named))}")


def _runs_text(node: ast.Call) -> bool:
    name = called(node)
    if isinstance(node.func, ast.Attribute):
        owner = ast.unparse(node.func.value)
        if name in RUNS_TEXT:
            return owner in ("builtins", "__builtins__")
        return name in READS_TEXT_AS_CODE and (name != "S" or owner == "sympy")
    return name in RUNS_TEXT or name in READS_TEXT_AS_CODE


def file_violations(root: Path) -> Iterator[Violation]:
    """Files are opened in functions named read_… or write_… only."""
    for module in package_modules(root):
        place = module.path.relative_to(root / PACKAGE).as_posix()
        stack: list[tuple[ast.AST, tuple[str, ...]]] = [(module.tree, ())]
        while stack:
            node, functions = stack.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                functions = (*functions, node.name)
            elif isinstance(node, ast.Call) and _opens(node):
                named = any(f.lstrip("_").startswith(("read_", "write_")) for f in functions)
                if not named and not any((place, f) in MAY_OPEN for f in functions):
                    message = f"{ast.unparse(node.func)}(…) in {functions[-1] if functions else 'the module'}"
                    yield Violation("opens a file", module.at(node), message)
            stack += [(child, functions) for child in ast.iter_child_nodes(node)]


def _opens(node: ast.Call) -> bool:
    name = called(node)
    if isinstance(node.func, ast.Attribute):
        owner = ast.unparse(node.func.value)
        if name in ("load", "save"):
            return owner in ("np", "numpy", "torch")
        return name in OPENS and owner != "self"
    return name in OPENS


def length_violations(root: Path, *folders: str) -> Iterator[Violation]:
    """Long files and functions say why they are long."""
    for path in sorted(p for f in folders or (PACKAGE,) for p in (root / f).rglob("*.py")):
        module = Module(root, path)
        lines = module.text.splitlines()
        if len(lines) > LONGEST_FILE and not LONG_FILE.search(_top(module)):
            yield Violation("long file", module.at(1), f"{len(lines)} lines and no reason at the top")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = _lines(node)
                around = "\n".join(lines[max(node.lineno - 2, 0) : node.body[0].lineno])
                if length > LONGEST_FUNCTION and not LONG_FUNCTION.search(around):
                    yield Violation("long function", module.at(node), f"{node.name} has {length} lines and no reason")


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function without those of its docstring."""
    first = node.body[0]
    documentation = (first.end_lineno or first.lineno) - first.lineno + 1 if _is_docstring(first) else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - documentation


def _top(module: Module) -> str:
    """What stands before the first statement, line breaks of the docstring as spaces."""
    first = next((n for n in module.tree.body if not _is_docstring(n)), None)
    comments = "\n".join(module.text.splitlines()[: first.lineno if first else None])
    return comments + "\n" + " ".join((ast.get_docstring(module.tree) or "").split())


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def catch_all_violations(root: Path) -> Iterator[Violation]:
    """What catches every error raises it again, or says why it does not."""
    for module in package_modules(root):
        lines = module.text.splitlines()
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ExceptHandler) and _catches_all(node.type):
                raises = any(isinstance(n, ast.Raise) and n.exc is None for n in node.body)
                if not raises and not REASON.search(lines[node.lineno - 1]):
                    yield Violation("catches all", module.at(node), "neither raises again nor gives a reason")


def _catches_all(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(k is None or ast.unparse(k) in ("Exception", "BaseException") for k in kinds)


def name_violations(root: Path) -> Iterator[Violation]:
    """No module has a name that says nothing."""
    for module in package_modules(root):
        vague = VAGUE_MODULES & set(module.parts[1:])
        if vague:
            yield Violation("vague name", module.at(1), f"a module named {', '.join(sorted(vague))}")


def word_violations(root: Path) -> Iterator[Violation]:
    """The texts of the project do not speak of how they came about."""
    paths = {p for pattern in TEXTS for p in root.glob(pattern) if p.is_file() and p.name != Path(__file__).name}
    for path in sorted(paths):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = FORBIDDEN_WORDS.search(line)
            if found:
                yield Violation("word", f"{path.relative_to(root)}:{number}", f"'{found[0]}'")
