"""The desk's table, the only DynamoDB code of the service: one module a part.

floor.py    what is open, read at once, and each step's transaction
papers.py   what belongs to one ticket: its packet, entries, turns, final record
staff.py    kinds, servers, attendants, rules and calendar, as staff set them

Key formats:

    pk DESK          sk kind#<id> | server#<id> | attendant#<id> | ticket#<id> | handling#<kind>
                        | rules | calendar
    pk TICKET#<id>   sk papers | packet | early#<number> | entry#<number> | reply#<attendant>#<id>
                        | turn#<token> | record                    (each with `expires_at`)
    pk TOKENS        sk <id of an attendant's API token>
    pk OUTGOING      see recado.outgoing
"""

from recado import table

DESK = "DESK"
ATTENDANT, KIND, SERVER, TICKET, HANDLING = "attendant#", "kind#", "server#", "ticket#", "handling#"
RULES, CALENDAR = "rules", "calendar"


def desk_key(sort: str) -> table.Item:
    """The key of something in the open desk."""
    return table.to_item({"pk": DESK, "sk": sort})


def ticket_key(ticket_id: str, sort: str) -> table.Item:
    """The key of something that belongs to one ticket."""
    return table.to_item({"pk": f"TICKET#{ticket_id}", "sk": sort})


def token_key(token_id: str) -> table.Item:
    """The key of whose token this is."""
    return table.to_item({"pk": "TOKENS", "sk": token_id})
