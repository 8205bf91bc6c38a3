"""The usual slips: each is one change of a derivation, made forward for a distractor, matched backward to diagnose."""
