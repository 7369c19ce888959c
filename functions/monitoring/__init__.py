"""Consolidated figures: what every service did, counted once, whatever the bus repeats or loses.

Woken by its queue (facts of all services, from the bus), every five minutes (mail outcomes from the
ledger, the queues' health) and daily (facts that never came, reports by e-mail). Emits nothing.
Stores counters by day and month, what it has counted, and a snapshot of each campaign.
"""
