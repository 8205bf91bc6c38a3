"""One linear neuron, derived, explained, checked, and moved one step: the running example of the README.

Run it with: python examples/linear_neuron.py
"""

from derivcheck import Verdict, analyze

result = analyze("ŷ = w*x + b; (y - ŷ)^2", at={"x": 2, "y": 4, "w": 3, "b": 1}, wrt="w,b", lr="0.1")
print(result.to_text())

assert result.verdict is Verdict.VERIFIED
for name, partial in result.gradient.items():
    print(f"∂L/∂{name} = {partial.formula} = {partial.value}   (autograd: {partial.autograd.value})")
