"""The task manager: turns a launched campaign into chunks, and stays with it until it is over.

Woken by the `plan` queue (launch, control, settle, completion) and by a schedule every minute
(campaigns that are due or stalled). Emits chunks to the `send` queues and `CampaignCompleted` to
the bus. Stores campaigns and the delivery ledger in its table, and the frozen audience in S3.
"""
