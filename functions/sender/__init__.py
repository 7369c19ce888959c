"""E-mail workers: render chunks of a campaign and send them through SES, each recipient once.

Woken by the `send` queues, one a lane, by what SES reports (SNS, and S3 for files, to SQS), by
recipients who follow a link of a mail, and by staff who look after suppressed addresses (API
Gateway). Emits outcomes to the delivery ledger and commands to `campaigns`. Stores suppressed
addresses, and the send rate that all workers share.
"""

import gc

_ALLOCATIONS = 100_000
"""What a handler imports lives as long as its process: looking through it for garbage every 700
objects, as Python does by default, is a tenth of a cold start (docs/bench.md)."""
gc.set_threshold(_ALLOCATIONS)
