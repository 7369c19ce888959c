"""The messages between services: what is put on a queue or on the bus, and read on the other side.

Commands are imperative and go to one queue; events are facts in the past tense and go to the bus.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    TypeAdapter,
    model_serializer,
    model_validator,
)

from recado.model import Frozen, Identifier, Lane, Language, TemplateVersion

Scalar = str | int | float | bool | None
OneLine = Annotated[
    str, StringConstraints(pattern="^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$", max_length=320)
]
"""What a header of a mail takes as it is: no line break and no control character."""


MessageId = Annotated[str, StringConstraints(pattern=r"^<[!-;=?-~]{1,250}>$")]
"""The id of a mail in angle brackets, as `References` takes it (RFC 5322, section 3.6.4)."""


class AnswerTo(Frozen):
    """Where one person's answer goes: an address of their own, and an id their answer will name."""

    address: OneLine
    reference: MessageId | None = None


class Recipient(Frozen):
    """One person of a campaign: whom to write to and the template's fields for them."""

    id: str
    email: str
    language: Language = Language.PORTUGUESE
    fields: dict[str, Scalar] = Field(default_factory=dict)
    time_zone: str | None = Field(default=None, description="IANA; default: the operator's.")
    answer_to: AnswerTo | None = Field(default=None, description="Default: the campaign's.")


class Segment(StrEnum):
    """A named set of customers."""

    ALL = "all"
    OVERDUE = "overdue"


class SegmentAudience(Frozen):
    """Customers of a segment, narrowed by plan or city."""

    segment: Segment
    plan: str | None = None
    city: str | None = None
    min_days_overdue: int = Field(default=1, ge=1, description="Only for segment `overdue`.")


class FileAudience(Frozen):
    """Recipients listed in an NDJSON or CSV file that was uploaded through `POST /v1/audiences`."""

    file: str = Field(description="The file's key, as `POST /v1/audiences` returned it.")


Audience = SegmentAudience | FileAudience


VariantName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,31}$")]
"""A variant's name; SES takes it as the value of a tag."""
WITHOUT_VARIANTS = ""
"""What a campaign's only template is filed under."""


class Variant(Frozen):
    """One of several messages that a campaign tries; it gets its weight's share of people."""

    name: VariantName
    weight: int = Field(ge=1)
    template: TemplateVersion


class Experiment(Frozen):
    """What is tried on whom; `hold_out` percent of the audience are kept out on purpose."""

    variants: tuple[Variant, ...] = Field(min_length=1)
    hold_out: int = Field(ge=0, le=50)

    @property
    def weights(self) -> dict[str, int]:
        """The variants' weights by name, in their order: what `recado.experiment` divides by."""
        return {variant.name: variant.weight for variant in self.variants}


class PlanCampaign(Frozen):
    """Everything `campaigns` needs to carry a campaign out; central has already checked it.

    It has either one `template`, or an `experiment` with a template for each variant.
    """

    kind: Literal["plan"] = "plan"
    campaign_id: Identifier
    name: str
    lane: Lane
    template: TemplateVersion | None = None
    experiment: Experiment | None = None
    from_address: OneLine
    reply_to: OneLine | None = None
    tracking: bool = Field(default=False, description="Whether opens and clicks are followed.")
    audience: Audience
    as_of: date = Field(description="The day that decides who is overdue.")
    starts_at: datetime
    launched_by: str
    approved_by: str | None = Field(default=None, description="Who else agreed to a large send.")
    approved_at: datetime | None = None
    correlation_id: Identifier | None = Field(
        default=None, description="Of the request that launched it: `recado.correlation`."
    )

    @property
    def wanted_at(self) -> datetime:
        """When somebody last said that it shall be sent: its start, or a later approval."""
        return max(self.starts_at, self.approved_at or self.starts_at)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.template is None) == (self.experiment is None):
            raise ValueError("a campaign has either a template or an experiment")
        return self

    @property
    def templates(self) -> dict[str, TemplateVersion]:
        """The templates by variant; the only one under `WITHOUT_VARIANTS`."""
        if self.experiment is not None:
            return {variant.name: variant.template for variant in self.experiment.variants}
        return {WITHOUT_VARIANTS: self.template} if self.template else {}

    @property
    def variant_versions(self) -> dict[str, int]:
        """The version of each variant's template; empty without an experiment."""
        variants = self.experiment.variants if self.experiment else ()
        return {variant.name: variant.template.version for variant in variants}

    @property
    def hold_out(self) -> int:
        """How many percent of the audience get no mail."""
        return self.experiment.hold_out if self.experiment else 0


class ContinuePlanning(Frozen):
    """Plan on from the last checkpoint."""

    kind: Literal["continue"] = "continue"
    campaign_id: Identifier


class Control(StrEnum):
    """What staff may do to a running campaign."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY_FAILED = "retry_failed"


class ControlCampaign(Frozen):
    """An order to a campaign, by staff or by the suite itself; `reason` is shown to staff."""

    kind: Literal["control"] = "control"
    campaign_id: Identifier
    action: Control
    by: str
    reason: str = ""


class CheckCompletion(Frozen):
    """Somebody saw the last recipient become terminal: look whether the campaign is over."""

    kind: Literal["check"] = "check"
    campaign_id: Identifier


class SettleChunk(Frozen):
    """The time to wait for SES events is over: decide what is still unknown in a chunk.

    `put_off`: how often it waited once more, because events were waiting to be read.
    """

    kind: Literal["settle"] = "settle"
    campaign_id: Identifier
    number: int
    put_off: int = 0


class QueueReady(Frozen):
    """Queue the chunks that wait, from number `first` on; it took longer than one invocation."""

    kind: Literal["queue"] = "queue"
    campaign_id: Identifier
    first: int


CampaignCommand = Annotated[
    PlanCampaign | ContinuePlanning | ControlCampaign | CheckCompletion | SettleChunk | QueueReady,
    Field(discriminator="kind"),
]
campaign_command: TypeAdapter[CampaignCommand] = TypeAdapter(CampaignCommand)


class ChunkTask(Frozen):
    """A chunk travels whole, so its sender reads no customer. At most 50 recipients."""

    campaign_id: Identifier
    number: int = Field(ge=0)
    lane: Lane
    recipients: tuple[Recipient, ...] = Field(min_length=1, max_length=50)
    correlation_id: Identifier | None = None

    @property
    def time_zone(self) -> str | None:
        """The zone that recipients of a marketing chunk share; `None` is the operator's."""
        return self.recipients[0].time_zone


class Event(Frozen):
    """A fact on the bus; the class name is its detail-type.

    `correlation_id` is that of the request it follows from (`recado.correlation`), if any.
    """

    correlation_id: Identifier | None = None

    @model_serializer(mode="wrap")
    def _without_an_empty_id(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = serialize(self)
        if values.get("correlation_id") is None:
            values.pop("correlation_id", None)
        return values


class CustomersImported(Event):
    """A file of customers or invoices has been read to its end."""

    import_id: Identifier
    kind: Literal["customers", "invoices"]
    accepted: int
    unchanged: int
    rejected: int


class CampaignLaunched(Event):
    """Staff launched a campaign; nothing has been sent yet."""

    campaign_id: Identifier
    lane: Lane
    by: str


class CampaignCompleted(Event):
    """Every recipient of a campaign is in a terminal state.

    Published at least once for each end. `campaign_id` and `ended_at` together name the end: a
    consumer passes over one it has seen, and a campaign that was retried ends once more.
    """

    campaign_id: Identifier
    lane: Lane
    outcome: Literal["completed", "partial", "cancelled"]
    ended_at: datetime
    totals: dict[str, int]


class CampaignAsked(Event):
    """A service asks central for a campaign to people it chose; central launches it like staff's.

    `campaign_id` is the asker's choice and makes the request repeatable: the same id asks for the
    same campaign. The file lies under `audiences/` in the bucket.
    """

    campaign_id: Identifier
    name: str
    lane: Lane
    template_id: Identifier
    audience: FileAudience
    starts_at: datetime
    by: str
    reply_to: OneLine | None = None


class CampaignRefused(Event):
    """Central could not launch what a service asked for: its draft is kept for staff to mend."""

    campaign_id: Identifier
    by: str
    reason: str
