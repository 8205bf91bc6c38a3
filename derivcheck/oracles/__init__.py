"""Independent ways to know a derivative, and the judge of what they show together."""
