"""DynamoDB and SQS as far as senders use them, in memory, fast enough not to be what is measured.

A benchmark of senders on one machine would otherwise measure the emulator: MiniStack takes 1.4 to
2 ms of a processor for a call, this far less, and it waits as long as AWS would. What it does not
know it refuses with `ValidationException`; a test runs the real `Ledger` on it and on moto.
"""
