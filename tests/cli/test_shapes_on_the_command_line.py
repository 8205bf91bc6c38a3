"""``--shape``, ``--assume`` and files in ``--at``: what cannot be used is said before anything is derived."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--shape", "x=(0)"], "--shape, line 1, column 4: a size of 0 is no size"),
        (["--shape", "q=(n)"], "a shape is declared for 'q', which the expression does not have"),
        (["--assume", "x: onhot"], "did you mean onehot?"),
        (["--assume", "q: positive"], "the expression has no 'q'"),
        (["--assume", "x: onehot"], "'x: onehot' cannot hold: 'x' is a single number"),
        (["--assume", "x > 0", "--at", "x=-2"], "'x: positive' is assumed, but x = -2 is not greater than 0"),
        (["--at", "x=rows.npz"], "rows.npz names its arrays itself"),
    ],
)
def test_what_cannot_be_used_is_named(run: Run, options: list[str], part: str) -> None:
    """A wrong shape, a wrong fact, a contradicted fact, a file of another kind: exit code 2 and the reason."""
    code, _, err = run("x^2", *options)
    assert code == 2
    assert part in err


def test_values_come_from_files_beside_typed_ones(run: Run, tmp_path: Path) -> None:
    """A scalar of a file counts like one that was typed; a wrong cell is named."""
    path = tmp_path / "point.json"
    path.write_text('{"x": "1/2"}')
    code, out, _ = run("x^2*y", "--at", f"{path},y=3", "--no-autograd")
    assert code == 0
    assert "x = 1/2" in out.splitlines()[0]
    table = tmp_path / "t.csv"
    table.write_text("x,y\n1,2\n3,oops\n")
    code, _, err = run("x^2*y", "--at", str(table))
    assert code == 2
    assert "t.csv, line 3, column 2 ('y'): 'oops' is no number" in err


def test_a_fact_that_holds_is_taken(run: Run) -> None:
    """An assumption that the values keep changes nothing for a scalar."""
    code, out, _ = run("log(x)", "--at", "x=2", "--assume", "x > 0", "--assume", "x: nonzero", "--no-autograd")
    assert code == 0
    assert "1/x" in out
