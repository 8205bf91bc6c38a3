"""The rules about imports: floors, owners of packages, packages that load late, no circles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from source_modules import PACKAGE, Violation, imports, package_modules

FLOORS: tuple[tuple[str, ...], ...] = (
    ("source",),
    ("errors",),
    ("budget", "verdict"),
    ("numbers",),
    ("ops",),
    ("language",),
    ("graph",),
    ("storage",),
    ("interpret",),
    ("emit",),
    ("array_rules",),
    ("derive",),
    ("closed",),
    ("normal",),
    ("nonsmooth",),
    ("equality",),
    ("frameworks",),
    ("oracles",),
    ("slips",),
    ("report",),
    ("render",),
    ("analysis",),
    ("descent", "documents"),
    ("handout",),
    ("batch",),
    ("testing",),
    ("cli", "pytest_plugin"),
    ("__init__", "__main__"),
)
"""The rooms of the package from the ground up; rooms of one floor do not know each other."""
HEIGHT = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

OWNERS = {"torch": "frameworks", "click": "cli", "pytest": "pytest_plugin"}
"""The only room that may import a package."""
LAZY = ("sympy", "torch", "matplotlib", "jax", "tensorflow")
"""Packages that take long to load: imported where they are first needed, never with a module."""


def _own_room(name: str, root: Path) -> str | None:
    """The room of the package that a dotted name lies in; the public surface is the top, the version is nowhere."""
    parts = name.split(".")
    if parts[0] != PACKAGE or parts[1:] == ["__version__"]:
        return None
    if len(parts) == 1:
        return "__init__"
    place = root / PACKAGE / parts[1]
    is_room = parts[1] in HEIGHT or place.is_dir() or place.with_suffix(".py").is_file()
    return parts[1] if is_room else "__init__"


def floor_violations(root: Path) -> Iterator[Violation]:
    """Imports go to lower floors only, every room has a floor, and some packages belong to one room."""
    for module in package_modules(root):
        if module.room not in HEIGHT:
            yield Violation("floors", module.at(1), f"'{module.room}' is on no floor")
            continue
        for found in imports(module):
            package = found.name.split(".")[0]
            if package in OWNERS and module.room != OWNERS[package]:
                yield Violation("owner", module.at(found.node), f"{package} is imported in {OWNERS[package]} only")
            room = _own_room(found.name, root)
            if room in (None, module.room):
                continue
            if room not in HEIGHT or HEIGHT[room] >= HEIGHT[module.room]:
                yield Violation("floors", module.at(found.node), f"{module.room} may not import {room}")


def laziness_violations(root: Path) -> Iterator[Violation]:
    """Heavy packages are not loaded with a module."""
    for module in package_modules(root):
        for found in imports(module):
            if found.eager and found.name.split(".")[0] in LAZY:
                yield Violation("lazy", module.at(found.node), f"{found.name} is imported with the module")


def cycle_violations(root: Path) -> Iterator[Violation]:
    """Modules that load each other while they are loaded."""
    modules = {".".join(m.parts): m for m in package_modules(root)}
    needs: dict[str, set[str]] = {name: set() for name in modules}
    for name, module in modules.items():
        for found in imports(module):
            target = found.name if found.name in modules else found.name.rpartition(".")[0]
            if found.eager and target in modules and target != name:
                needs[name].add(target)
    while free := [name for name, needed in needs.items() if not needed & needs.keys()]:
        for name in free:
            del needs[name]
    if needs:
        yield Violation("cycle", PACKAGE, f"these load each other, or stand on a circle: {', '.join(sorted(needs))}")
