"""Judge derivatives that somebody wrote down, and say what went wrong in them."""

from derivcheck import analyze

LOSS = "yhat = w*x+b; u = y-yhat; u**2"
WRITTEN = {
    "w": "2*x*u",  # the -1 of ∂u/∂ŷ is lost
    "b": "-2*(y-(w*x+b))",
    "yhat": -6,  # should be the opposite
}

analysis = analyze(LOSS, at={"x": 2, "y": 4, "w": 3, "b": 1}, claims=WRITTEN)
for name, claim in analysis.claims.items():
    print(f"∂L/∂{name} = {WRITTEN[name]}:  {claim.verdict.name}")
    if claim.counterexample is not None:
        print(f"    claimed and derived are {claim.counterexample}")
    if claim.diagnosis is not None:
        print(f"    {claim.diagnosis}")
