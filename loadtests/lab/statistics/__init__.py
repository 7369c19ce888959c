"""What the rows show: analyses of variance, effect sizes, intervals, and whether they may be used.

Works on any table with the columns of `table.COLUMNS`, one row a run.
"""
