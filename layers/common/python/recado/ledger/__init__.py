"""The delivery ledger: what happened to every recipient of every campaign, chunk by chunk.

`states` says what can become of a recipient, `chunk` what can become of a chunk (both pure),
`store` keeps them in the campaigns table. `campaigns` writes the plan, `sender` what it did.
"""
