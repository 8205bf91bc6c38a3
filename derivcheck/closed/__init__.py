"""From a derivation to what a teacher would write: named pieces, local derivatives, closed forms."""
