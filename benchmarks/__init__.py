"""How long derivcheck takes, beside what it is built on: ``python -m benchmarks``."""
