"""Templates: every version, and a pointer to the latest."""

from datetime import datetime
from typing import TYPE_CHECKING

from central.domain.templates import TemplateSummary, summary_of
from recado import settings, table
from recado.errors import NotFound, Retryable
from recado.listing import Listing, Page
from recado.model import Language, MailBody, TemplateVersion

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LISTED = "TEMPLATES"
_ATTEMPTS = 5


class TemplateStore:
    """Templates in central's table."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._listing = Listing(table_name, dynamodb)

    @classmethod
    def from_env(cls) -> "TemplateStore":
        """The templates of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), table.client())

    def put(
        self, template_id: str, bodies: dict[Language, MailBody], at: datetime
    ) -> TemplateSummary:
        """Store a template's next version, or nothing if the latest one has the same content.

        Raises:
            Rejected: a part is not valid Jinja2, or the whole is too large.
            Retryable: others kept storing versions of it.
        """
        for _ in range(_ATTEMPTS):
            latest = self.summary(template_id)
            number = latest.version + 1 if latest else 1
            template = TemplateVersion(id=template_id, version=number, bodies=bodies)
            fresh = summary_of(template, at)
            if latest and latest.digest == fresh.digest:
                return latest
            if self._add(template, fresh):
                return fresh
        raise Retryable(f"others are changing the template {template_id}: try again")

    def summary(self, template_id: str) -> TemplateSummary | None:
        """A template without its bodies, as of its latest version."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=_key(template_id, "LATEST"), ConsistentRead=True
        ).get("Item")
        return _to_summary(dict(item)) if item else None

    def get(self, template_id: str, version: int | None = None) -> TemplateVersion:
        """A version of a template, the latest unless told which.

        Raises:
            NotFound: there is no such template or version.
        """
        if version is None:
            latest = self.summary(template_id)
            if latest is None:
                raise NotFound(f"there is no template {template_id}")
            version = latest.version
        item = self._dynamodb.get_item(
            TableName=self._table, Key=_key(template_id, _version_sort(version))
        ).get("Item")
        if not item:
            raise NotFound(f"there is no version {version} of the template {template_id}")
        return TemplateVersion.model_validate_json(item["template"]["S"])

    def page(self, cursor: str | None, limit: int) -> Page[TemplateSummary]:
        """Templates by id."""
        found = self._listing.page(LISTED, cursor, limit)
        return Page[TemplateSummary](
            items=tuple(map(_to_summary, found.items)), cursor=found.cursor
        )

    def _add(self, template: TemplateVersion, summary: TemplateSummary) -> bool:
        version = table.to_item({"template": template.model_dump_json()})
        latest = table.to_item(
            summary.model_dump(mode="json") | {"listing_pk": LISTED, "listing_sk": template.id}
        )
        puts = [
            (_key(template.id, _version_sort(template.version)), version),
            (_key(template.id, "LATEST"), latest),
        ]
        writes = [{"Put": {"TableName": self._table, "Item": key | item}} for key, item in puts]
        writes[0]["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
        try:
            table.transact(writes, dynamodb=self._dynamodb)
        except table.TransactionRefused:
            return False
        return True


def _key(template_id: str, sort: str) -> table.Item:
    return table.to_item({"pk": f"TEMPLATE#{template_id}", "sk": sort})


def _version_sort(number: int) -> str:
    return f"VERSION#{number:06d}"


def _to_summary(item: table.Item) -> TemplateSummary:
    values = table.from_item(item)
    return TemplateSummary.model_validate(
        {name: values[name] for name in TemplateSummary.model_fields}
    )
