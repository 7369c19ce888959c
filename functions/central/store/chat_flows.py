"""The bot's flows: every version, and the newest one's number."""

from central.domain.chat_flows import next_version
from recado import settings, table, wire
from recado.errors import Conflict
from recado.flow_library import FlowLibrary, latest_key, version_key
from recado.flows import FlowDocument


class FlowStore:
    """The writing side of the flows; `recado.flow_library` is the reading one."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._library = FlowLibrary(table_name, dynamodb)

    @classmethod
    def from_env(cls) -> "FlowStore":
        """The flows of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), wire.client())

    def newest(self) -> FlowDocument:
        """The newest version."""
        return self._library.version(self._library.newest_number())

    def version(self, number: int) -> FlowDocument:
        """One version.

        Raises:
            NotFound: there is none with this number.
        """
        return self._library.version(number)

    def save(self, edited: FlowDocument) -> FlowDocument:
        """Store what was edited as a new version; unless nothing was changed.

        Raises:
            Conflict: somebody saved another version meanwhile.
        """
        latest = self.newest()
        new = next_version(latest, edited)
        if new is None:
            return latest
        version = version_key(new.version) | table.to_item({"document": new.model_dump_json()})
        pointer = latest_key() | table.to_item({"version": new.version})
        writes = [{"Put": {"TableName": self._table, "Item": item}} for item in (version, pointer)]
        writes[0]["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
        try:
            table.transact(writes, dynamodb=self._dynamodb)
        except table.TransactionRefused as error:
            raise Conflict(
                f"somebody has just saved version {new.version}: read it with GET /v1/chat-flows, "
                "make your changes there and save it"
            ) from error
        return new
