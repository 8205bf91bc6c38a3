"""``--claim``: what is shown of a claim, and the exit code."""

from collections.abc import Callable

import pytest

Run = Callable[..., tuple[int, str, str]]


def test_a_wrong_claim_ends_with_exit_code_1_and_its_slip(run: Run) -> None:
    """A refuted claim is shown with the derived form, a point where they differ, and the slip; the rest is as ever."""
    point = ("--at", "x=2,y=4,w=3,b=1", "--no-autograd")
    code, out, _ = run("(y-(w*x+b))**2", *point, "--claim", "w: 2*x*(y-(w*x+b))", "--claim", "b: 6")
    assert code == 1
    assert "REFUTED   ∂L/∂w = 2x(y - (w·x + b))" in out
    assert "derived  ∂L/∂w = -2x(y - (w·x + b)) = 12" in out
    assert "a minus sign is lost: ∂u/∂ŷ = -1" in out
    assert "VERIFIED   ∂L/∂b = 6" in out
    assert out.rstrip().endswith("what is claimed of ∂L/∂w")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["sqrt(x^2)*w", "--at", "x=3,w=2", "--claim", "x: w"], 0),
        (["sqrt(x^2)*w", "--at", "x=-3,w=2", "--claim", "x: w"], 1),
        (["sqrt(x^2)*w", "--claim", "x: w"], 3),
        (["abs(x)", "--at", "x=0", "--claim", "x: sign(x)"], 4),
        (["x^2", "--claim", "x: 2*"], 2),
    ],
)
def test_the_exit_code_goes_by_the_claims_too(run: Run, arguments: list[str], code: int) -> None:
    """A condition that the point meets is fine, one that it fails refutes, one without a point stays open."""
    assert run(*arguments, "--no-autograd")[0] == code
