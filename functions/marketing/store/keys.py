"""Keys of marketing's table, and when its items are forgotten.

    chat         pk CUSTOMER#<id>       sk CHAT#<conversation>       what it revealed
    a ticket of  pk CUSTOMER#<id>       sk TICKET#<ticket>
    offer        pk CUSTOMER#<id>       sk OFFER#<offer>             listed in OFFERS#<rule> by id
    standing     pk CUSTOMER#<id>       sk STANDING                  a version: who decides first
    ticket       pk TICKET#<ticket>     sk TICKET                    its kind, whether it is closed
    decision     pk DECISIONS#<id>      sk <decision>                by time
    campaign     pk CAMPAIGN#<id>       sk CAMPAIGN                  once it was asked for
    member       pk CAMPAIGN#<id>       sk MEMBER#<customer>         whom it is for
    results      pk RESULTS             sk RULE#<rule>               counters
    rules        pk RULES               sk LATEST, VERSION#<number>

Lists of what is to be done, each sorted by when: DUE (customers to decide about), ASKING (campaigns
to ask for), JOURNEY and SETTLE (offers to look at); and OUTGOING (`recado.outgoing`).
"""

from datetime import datetime, timedelta
from typing import Any

from recado import table

DUE, ASKING, JOURNEY, SETTLE = "DUE", "ASKING", "JOURNEY", "SETTLE"
"""The lists. infra/access.yaml lets marketing delete what stands on them, and nothing else."""
CHAT, TICKET, OFFER, STANDING, MEMBER = "CHAT#", "TICKET#", "OFFER#", "STANDING", "MEMBER#"
OFFERS_KEPT = timedelta(days=800)
"""Longer than the longest cool-down."""
WORDS_KEPT = timedelta(days=366)
"""What quotes a customer: as long as a rule may look back, and no longer."""

Write = dict[str, dict[str, Any]]


def key(pk: str, sk: str) -> table.Item:
    """A primary key."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def customer(customer_id: str) -> str:
    """The partition of a customer."""
    return f"CUSTOMER#{customer_id}"


def decisions(customer_id: str) -> str:
    """The partition of a customer's decisions."""
    return f"DECISIONS#{customer_id}"


def campaign(campaign_id: str) -> str:
    """The partition of a campaign."""
    return f"CAMPAIGN#{campaign_id}"


def offers_of(rule: str) -> str:
    """What a rule's offers are listed under."""
    return f"OFFERS#{rule}"


def timed(at: datetime, *names: str) -> str:
    """A place on a list that is sorted by time; names have no `#`."""
    return "#".join((at.isoformat(timespec="microseconds"), *names))


def expiry(at: datetime, kept: timedelta = OFFERS_KEPT) -> table.Item:
    """When DynamoDB may forget an item."""
    return {"expires_at": {"N": str(int((at + kept).timestamp()))}}
