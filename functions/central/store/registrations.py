"""Registrations by mail, each with its answer: written once, with the customer it makes.

Key formats (central's table):

    registration   pk REGISTRATION#<id>          sk REGISTRATION
    document       pk REGISTERED#<CPF or CNPJ>   sk REGISTERED
    what was told  see `recado.outgoing`

The second is what keeps two registrations of one document apart that come at the same moment.
"""

from central.domain.intake import Changes
from central.store.customers import CustomerStore, Write
from recado import outgoing, settings, table
from recado.registration import RegistrationReceived, RegistrationSettled


class Taken(Exception):
    """The registration was answered, or its document was registered: look again."""


class RegistrationStore:
    """The registrations of one deployment."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB, customers: CustomerStore) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._customers = customers

    @classmethod
    def from_env(cls) -> "RegistrationStore":
        """The registrations of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), table.client(), CustomerStore.from_env())

    def answer(self, registration_id: str) -> RegistrationSettled | None:
        """How a registration was answered, if it was."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=_key(registration_id), ConsistentRead=True
        ).get("Item")
        return RegistrationSettled.model_validate_json(item["answer"]["S"]) if item else None

    def holder(self, document: str) -> str | None:
        """The customer that a document was registered as."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=_document(document), ConsistentRead=True
        ).get("Item")
        return str(item["customer_id"]["S"]) if item else None

    def settle(
        self,
        asked: RegistrationReceived,
        answer: RegistrationSettled,
        changes: Changes | None = None,
        document: str = "",
    ) -> None:
        """Keep an answer, its consent, and the customer it makes, all or nothing.

        Raises:
            Taken: it was answered meanwhile, or the document was registered.
        """
        told = outgoing.listing(self._table, outgoing.Fact.of(answer, answer.settled_at))
        kept = {"answer": answer.model_dump_json(), "consent": asked.consent.model_dump_json()}
        writes = [self._once(_key(asked.registration_id) | table.to_item(kept)), *told]
        if changes is not None:
            holder = table.to_item({"customer_id": answer.customer_id})
            writes += [self._once(_document(document) | holder), *self._customers.writes(changes)]
        try:
            table.transact(writes, dynamodb=self._dynamodb)
        except table.TransactionRefused as refused:
            raise Taken from refused

    def _once(self, item: table.Item) -> Write:
        condition = {"ConditionExpression": "attribute_not_exists(pk)"}
        return {"Put": {"TableName": self._table, "Item": item} | condition}


def _key(registration_id: str) -> table.Item:
    return table.to_item({"pk": f"REGISTRATION#{registration_id}", "sk": "REGISTRATION"})


def _document(document: str) -> table.Item:
    return table.to_item({"pk": f"REGISTERED#{document}", "sk": "REGISTERED"})
