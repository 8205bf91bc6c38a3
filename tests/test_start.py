"""What is loaded, and when: heavy packages only for the check that needs them."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ANALYZE = "from derivcheck import analyze; a = analyze('(y-(w*x+b))**2', 'x=2,y=4,w=3,b=1', upstream=3, oracles={!r})"


@pytest.mark.parametrize(
    ("oracles", "loaded"),
    [
        ((), "[]"),
        (("finite",), "[]"),
        (("direct",), "[]"),  # SymPy works in a process of its own
        (("autograd",), "['torch']"),  # and torch must not load SymPy beside it
    ],
)
def test_an_oracle_loads_what_it_needs(oracles: tuple[str, ...], loaded: str) -> None:
    """The calling process loads torch for autograd, and SymPy never."""
    program = f"{ANALYZE.format(oracles)}\nimport sys; print([n for n in ('sympy', 'torch') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == loaded
