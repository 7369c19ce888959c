"""Everything marketing keeps, in one table."""
