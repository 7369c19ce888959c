"""The protocol experiment: the same turns over gRPC, Thrift, REST raw and REST JSON.

`design` says what is compared and in which order, `running` starts fresh servers and generators for
each run and keeps its row, `statistics` says what the rows show, `report` writes it down.
`docs/lab.md` has the question, the threats to validity and the results.
"""
