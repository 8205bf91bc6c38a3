"""Claims about random smooth losses: correct formulas are never refuted, a relative error of 1e-6 always is."""

from benchmarks.smooth_sweep import failures, sweep

COUNT = 40


def test_claims_about_random_smooth_losses_are_judged_right() -> None:
    """Nor is PyTorch's correct float64 gradient ever called a mismatch."""
    assert failures(sweep(COUNT, seed=2)) == []
