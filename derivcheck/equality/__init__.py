"""Are two formulas the same function? Proved by a normal form, refuted at a certified point, or merely consistent."""
