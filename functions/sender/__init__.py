"""E-mail workers: render chunks of a campaign and send them through SES, each recipient once.

Woken by the `send` queues, one a lane, by SES events (SNS to SQS), by recipients who follow a link
of a mail, and by staff who look after suppressed addresses (API Gateway). Emits outcomes to the
delivery ledger and commands to `campaigns`. Stores suppressed addresses, and the send rate that
all workers share.
"""
