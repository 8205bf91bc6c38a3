"""Batches and matrices: linear regression over samples, softmax cross-entropy, a sample on a kink."""

import numpy as np

from derivcheck import Verdict, analyze

# for any number of samples n and of features d
formulas = analyze("mean((y-(X@w+b))**2)", shapes="X=(n,d), w=(d), y=(n)")
for name, partial in formulas.gradient.items():
    print(f"∂L/∂{name} = {partial.formula}")
    print(f"  one element: {partial.index_formula}")

# four hundred samples: every element is compared with autograd, within a bound of its own
random = np.random.default_rng(7)
features = random.normal(size=(400, 3))
targets = features @ [2.0, -1.0, 0.5] + 0.1 * random.normal(size=400)
batch = analyze("mean((y-(X@w+b))**2)", {"X": features, "w": [0, 0, 0], "y": targets, "b": 0}, lr="0.1")
print(batch.verdict.value, f"{float(batch.value or 0):.4g}", batch.gradient["w"].autograd.agreement.value)

# softmax cross-entropy is p - t, if t sums to 1
entropy = "-sum(t*log_softmax(z))"
free = analyze(entropy, shapes="z=(k), t=(k)", claims={"z": "softmax(z) - t"})
stated = analyze(entropy, shapes="z=(k), t=(k)", assume="t: onehot")
print(free.gradient["z"].formula, "and softmax(z) - t is", free.claims["z"].verdict.value, free.claims["z"].condition)
print(stated.gradient["z"].formula)

# the mean absolute error has no gradient where one residual is exactly 0
kink = analyze("mean(|y-yhat|)", {"y": [1, 2, 3], "yhat": [2, 2, 5]})
assert kink.verdict is Verdict.NOT_DIFFERENTIABLE
print([str(v) for v in kink.gradient["yhat"].left], [str(v) for v in kink.gradient["yhat"].right])
