"""Consolidated figures: what every service did, counted once, by day and by month.

`monitoring` writes them, everybody may read them: `names` says what is counted and how the counters
are called, `periods` which items a period is made of, `board` reads them by key.
"""
