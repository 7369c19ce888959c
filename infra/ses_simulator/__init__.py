"""SES simulator: a local Amazon SES speaking the real SESv2 wire protocol.

It accepts what boto3's ``sesv2`` client sends, publishes SES's own events to SNS and Firehose,
keeps SES's quotas, breaks in the ways a test asks for, and remembers everything in a ledger. That
ledger is the oracle of every "nothing lost, nothing sent twice" test, so this package imports
nothing from the suite it judges.

It wakes on HTTP (SESv2, ``/_sim`` control, the inbox pages) and SMTP, emits SES events, and stores
one SQLite file. Tests use :class:`Simulator`; people use ``python -m ses_simulator``.
"""

from ses_simulator.faults import CallFault, EventFault, Faults, Latency, RecipientFault
from ses_simulator.simulator import Settings, Simulator

__all__ = [
    "CallFault",
    "EventFault",
    "Faults",
    "Latency",
    "RecipientFault",
    "Settings",
    "Simulator",
]
