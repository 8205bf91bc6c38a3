"""Proof of equality by a rational normal form over algebraically independent kernels.

An expression becomes a quotient of polynomials with integer coefficients (python-flint) over generators: symbols,
exp of a basis of exponents, tangents of half angles, roots and logarithms of irreducible factors, opaque functions.
Two expressions are EQUAL if the numerator of their difference reduces to zero modulo the relations of the generators.

What EQUAL means: at every point of the open domain where all subexpressions of both are real and defined, and at every
limit of such points where both are continuous, the values agree. A root with denominator q > 1 and a logarithm are real
only for arguments that are not negative. Sources: Risch 1979, "Algebraic properties of the elementary functions";
Ax 1971, "On Schanuel's conjectures"; Davenport, Siret and Tournier, Computer Algebra, chapter 2.
"""

from derivcheck.normal.prove import Outcome, deciding_signs, prove_equal

__all__ = ["Outcome", "deciding_signs", "prove_equal"]
