"""Points where a derivative is not what autograd returns: what exists there, and what does not.

Run it with: python examples/kinks.py
"""

from derivcheck import analyze

CASES = (
    ("|x|", "x=0"),
    ("relu(x) - relu(-x)", "x=0"),
    ("x*|x|", "x=0"),
    ("sqrt(x^2)", "x=0"),
    ("cbrt(x)", "x=0"),
    ("floor(x)", "x=1"),
    ("max(x, y)", "x=1,y=1"),
    ("where(x > 0, sqrt(x), 0)", "x=0"),
    ("log(x)", "x=-1"),
)

print(f"{'function':28}{'at':10}{'exists':8}{'kind':18}{'left':>6}{'right':>7}{'autograd':>10}")
for expression, at in CASES:
    partial = analyze(expression, at, wrt="x").gradient["x"]
    kind = partial.kind.name if partial.kind else "-"
    slopes = f"{partial.left!s:>6}{partial.right!s:>7}"
    print(f"{expression:28}{at:10}{partial.exists!s:8}{kind:18}{slopes}{partial.autograd.value!s:>10}")
