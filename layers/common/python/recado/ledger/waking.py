"""When a campaign that keeps quiet hours goes on: an attribute of its META item.

`wakes_at` is the earliest end of quiet hours anybody saw for one of its chunks, as an ISO moment in
UTC and whole minutes, so that texts compare as moments do; `wakes_in` is the zone it was seen for.
"""

from datetime import datetime

from botocore.exceptions import ClientError

from recado import table
from recado.ledger.store import key
from recado.quiet import Wake


class WakingHours:
    """Notes when campaigns go on, for whoever does not queue or send a chunk now."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._noted: dict[str, datetime] = {}

    def note(self, campaign_id: str, wake: Wake) -> None:
        """Have the schedule queue the campaign's chunks at `wake`, or earlier if so noted."""
        if self._noted.get(campaign_id) == wake.at:
            return
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=key(campaign_id, "META"),
                UpdateExpression="SET wakes_at = :at, wakes_in = :zone",
                ConditionExpression=(
                    "attribute_exists(pk) AND (attribute_not_exists(wakes_at) OR wakes_at > :at)"
                ),
                ExpressionAttributeValues=table.to_item(
                    {":at": wake.at.isoformat(), ":zone": wake.zone}
                ),
            )
        except ClientError as error:
            if not table.condition_failed(error):
                raise
        self._noted[campaign_id] = wake.at
