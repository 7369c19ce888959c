"""`make bench`: the numbers of Recado, piece by piece; `make bench ONLY=parallel` runs one piece.

Each piece writes its rows to `docs/bench/<piece>.csv` with the machine, and a chart beside them;
`ONLY=page` writes the tables of `docs/bench.md` anew from whatever rows there are.
"""
