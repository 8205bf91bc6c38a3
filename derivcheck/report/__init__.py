"""The report: what is said, as blocks that any renderer can show."""
