"""The language: text to expressions and back."""
