"""The operations: what a row is, the table of all rows, and the catalogue of losses."""
