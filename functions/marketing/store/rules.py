"""Every version of the rules; version 1 is what the suite comes with, which is not stored."""

from marketing.domain.rules import RuleDocument, default_document, next_version, parse
from marketing.store import keys
from recado import settings, table, wire
from recado.errors import Conflict, NotFound

FIRST = 1


class RuleBook:
    """The rules of one deployment; a version that was read once is kept."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._versions: dict[int, RuleDocument] = {FIRST: default_document()}

    @classmethod
    def from_env(cls) -> "RuleBook":
        """The rules of the deployed suite."""
        return cls(settings.text("MARKETING_TABLE"), wire.client())

    def newest(self) -> RuleDocument:
        """The newest version."""
        item = self._get("LATEST")
        return self.version(int(item["version"]["N"]) if item else FIRST)

    def version(self, number: int) -> RuleDocument:
        """One version.

        Raises:
            NotFound: there is none with this number.
        """
        if number not in self._versions:
            item = self._get(f"VERSION#{number:06d}")
            if item is None:
                raise NotFound(f"there is no version {number} of the rules")
            self._versions[number] = parse(item["document"]["S"])
        return self._versions[number]

    def save(self, edited: RuleDocument) -> RuleDocument:
        """Store what was edited as a new version; unless nothing was changed.

        Raises:
            Conflict: it was made of another version than the newest.
        """
        new = next_version(self.newest(), edited)
        if new is None:
            return edited
        version = keys.key("RULES", f"VERSION#{new.version:06d}")
        latest = keys.key("RULES", "LATEST") | {"version": {"N": str(new.version)}}
        writes: list[keys.Write] = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": version | {"document": {"S": new.model_dump_json()}},
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            },
            {"Put": {"TableName": self._table, "Item": latest}},
        ]
        try:
            table.transact(writes, dynamodb=self._dynamodb)
        except table.TransactionRefused as error:
            raise Conflict(
                f"somebody has just saved version {new.version}: read it with "
                "GET /v1/marketing/rules, make your changes there and save it"
            ) from error
        return new

    def _get(self, sk: str) -> table.Item | None:
        answer = self._dynamodb.get_item(
            TableName=self._table, Key=keys.key("RULES", sk), ConsistentRead=True
        )
        found: table.Item | None = answer.get("Item")
        return found
