"""A campaign before and while it runs: its definition, its rehearsal, what staff may do to it."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import parseaddr
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field

from central.domain.approval import Approval
from central.domain.experiments import NewExperiment, check_experiment
from central.domain.fields import Address, Name, printable
from recado.audience import is_address
from recado.contracts import Audience, Control, FileAudience, PlanCampaign, Recipient
from recado.errors import Conflict, Rejected
from recado.ledger.reach import Engagement
from recado.ledger.standing import Progress, Status
from recado.links import PREFERENCES_FIELD, PROVIDED, UNSUBSCRIBE_FIELD
from recado.model import Frozen, Identifier, Lane, Language, MailBody
from recado.templating import RenderedMail, compile_body, fields_required

AUDIENCES = "audiences/"


def _sender(text: str) -> str:
    _, address = parseaddr(printable(text))
    if not is_address(address):
        raise ValueError("is not a sender: write it like Operadora <avisos@operadora.com.br>")
    return text


Sender = Annotated[str, Field(max_length=320), AfterValidator(_sender)]


class NewCampaign(Frozen):
    """What staff ask for; nothing is sent before the launch. Name a template or an experiment."""

    name: Name
    lane: Lane
    template_id: Identifier | None = None
    experiment: NewExperiment | None = None
    audience: Audience
    starts_at: AwareDatetime | None = Field(default=None, description="Default: at launch.")
    from_address: Sender | None = None
    reply_to: Address | None = None
    tracking: bool | None = Field(
        default=None, description="Follow opens and clicks? Default: marketing only."
    )


class Definition(Frozen):
    """A campaign as central keeps it."""

    id: str
    name: str
    lane: Lane
    template_id: Identifier | None = None
    experiment: NewExperiment | None = None
    audience: Audience
    starts_at: datetime | None = None
    from_address: str | None = None
    reply_to: str | None = None
    tracking: bool | None = None
    created_at: datetime
    created_by: str
    template_version: int | None = Field(default=None, description="The launched version.")
    variant_versions: dict[str, int] = Field(
        default_factory=dict, description="The launched version of each variant's template."
    )
    launched_at: datetime | None = None
    launched_by: str | None = None
    approval: Approval | None = Field(default=None, description="Of a large send: who agreed.")

    @property
    def templates(self) -> dict[str, str]:
        """The ids of its templates, by the field that names them."""
        if self.experiment is None:
            return {"template_id": self.template_id} if self.template_id else {}
        return {
            f"experiment.variants.{place}.template_id": variant.template_id
            for place, variant in enumerate(self.experiment.variants)
        }

    @property
    def follows(self) -> bool:
        """Whether opens and clicks are followed."""
        return self.lane is Lane.MARKETING if self.tracking is None else self.tracking


class CampaignStatus(StrEnum):
    """A campaign's status for staff.

    `awaiting_approval`: launched to so many that a second person has to agree. `launched`: handed
    over, not taken up yet. `partial`: over, but some recipients failed.
    """

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    LAUNCHED = "launched"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    PARTIAL = "partial"


class Figures(Frozen):
    """How far a campaign is. The counts by state add up to `total`.

    `variants`: how many recipients were planned for each variant of its experiment. At `wakes_at`
    quiet hours end in the zone `wakes_in`; until then some of its mail waits.
    """

    total: int
    plan_done: bool
    counts: dict[str, int]
    variants: dict[str, int] = Field(default_factory=dict)
    reason: str = ""
    wakes_at: datetime | None = None
    wakes_in: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


class CampaignView(Definition):
    """A campaign as staff see it."""

    status: CampaignStatus
    progress: Figures | None = None
    engagement: tuple[Engagement, ...] = Field(
        default=(), description="By variant; only where one campaign is shown."
    )


class CampaignLine(Frozen):
    """A campaign in a report."""

    id: str
    name: str
    lane: Lane
    status: CampaignStatus
    total: int = 0
    counts: dict[str, int] = Field(default_factory=dict)


_ALLOWED = {
    Control.PAUSE: (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING),
    Control.RESUME: (CampaignStatus.PAUSED,),
    Control.CANCEL: (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, CampaignStatus.PAUSED),
    Control.RETRY_FAILED: (CampaignStatus.PARTIAL,),
}


def drafted(campaign_id: str, new: NewCampaign, at: datetime, by: str) -> Definition:
    """A new campaign.

    Raises:
        Rejected: the audience's file is not one that was uploaded as an audience, or it says not
            exactly one of a template and an experiment, or the experiment makes no sense.
    """
    if (new.template_id is None) == (new.experiment is None):
        raise Rejected("name either a template_id or an experiment", field="template_id")
    if new.experiment is not None:
        check_experiment(new.experiment, new.lane)
    if isinstance(new.audience, FileAudience) and not _is_audience(new.audience.file):
        raise Rejected(
            "audience.file must be the `file` that POST /v1/audiences returned",
            field="audience.file",
        )
    return Definition(id=campaign_id, created_at=at, created_by=by, **dict(new))


def _is_audience(file: str) -> bool:
    return file.startswith(AUDIENCES) and file.lower().endswith((".csv", ".ndjson"))


def viewed(definition: Definition, progress: Progress | None) -> CampaignView:
    """A campaign with its status and progress."""
    status = CampaignStatus.DRAFT
    if progress is not None:
        status = CampaignStatus(progress.status)
    elif definition.launched_at is not None:
        status = CampaignStatus.LAUNCHED
    elif definition.approval is not None and definition.approval.open:
        status = CampaignStatus.AWAITING_APPROVAL
    figures = _figures(progress) if progress else None
    return CampaignView(**dict(definition), status=status, progress=figures)


def _figures(progress: Progress) -> Figures:
    figures = Figures(**progress.model_dump(exclude={"status", "accepted_before"}))
    rests = progress.status is Status.RUNNING and progress.open and figures.wakes_at
    if not rests or figures.wakes_at is None or figures.wakes_in is None:
        return figures.model_copy(update={"wakes_at": None, "wakes_in": None})
    local = figures.wakes_at.astimezone(ZoneInfo(figures.wakes_in))
    said = f"waiting until {local:%Y-%m-%d %H:%M} (quiet hours in {figures.wakes_in})"
    return figures.model_copy(update={"reason": said})


def line_of(view: CampaignView) -> CampaignLine:
    """A campaign as a report shows it."""
    figures = view.progress
    return CampaignLine(
        id=view.id,
        name=view.name,
        lane=view.lane,
        status=view.status,
        total=figures.total if figures else 0,
        counts=figures.counts if figures else {},
    )


def check_control(view: CampaignView, action: Control) -> None:
    """Raises `Conflict` when staff may not do this now, with what would be needed."""
    if view.status is CampaignStatus.DRAFT:
        raise Conflict(f"the campaign {view.id} has not been launched")
    if view.status is CampaignStatus.AWAITING_APPROVAL:
        raise Conflict(f"the campaign {view.id} waits for approval: approve or reject it first")
    if view.status is CampaignStatus.LAUNCHED:
        raise Conflict(f"the campaign {view.id} is being taken up: try again in a moment")
    if view.status not in _ALLOWED[action]:
        needed = " or ".join(_ALLOWED[action])
        asked = action.replace("_", " ")
        raise Conflict(f"{asked} needs a campaign that is {needed}; {view.id} is {view.status}")


def rehearse(plan: PlanCampaign, sample: Sequence[Recipient]) -> None:
    """Render each of a plan's templates for a sample of its audience, in each of its languages.

    Raises:
        Rejected: fields are missing (all are named), a value does not fit (the recipient is), or
            marketing shows somebody no way out of it.
    """
    if not sample:
        raise Rejected("the audience is empty: nobody would be written to", field="audience")
    bodies = [body for template in plan.templates.values() for body in template.bodies.values()]
    needed = frozenset[str]().union(*(fields_required(body) for body in bodies)) - PROVIDED.keys()
    missing = sorted({name for person in sample for name in needed - person.fields.keys()})
    if missing:
        raise Rejected(
            f"fields missing for the audience: {', '.join(missing)}", field="template_id"
        )
    for variant, template in plan.templates.items():
        for language, body in template.bodies.items():
            told = f"variant {variant}: {language}" if variant else str(language)
            _rehearse_body(body, language, told, plan.lane, sample)


def _rehearse_body(
    body: MailBody, language: Language, told: str, lane: Lane, sample: Sequence[Recipient]
) -> None:
    compiled = compile_body(body, language)
    for person in sample:
        try:
            mail = compiled.render({**person.fields, **PROVIDED})
        except Rejected as error:
            raise Rejected(
                f"for the recipient {person.id}: {told}: {error}", field="template_id"
            ) from error
        if lane is Lane.MARKETING:
            _check_way_out(mail, told)


def _check_way_out(mail: RenderedMail, told: str) -> None:
    """Raises `Rejected` unless both parts show a link of ours that ends marketing."""
    for part, text in (("html", mail.html), ("text", mail.text)):
        if not any(url in text for url in PROVIDED.values()):
            raise Rejected(
                f"{told}: marketing has to say how to get no more of it: put"
                f" {{{{ {UNSUBSCRIBE_FIELD} }}}} or {{{{ {PREFERENCES_FIELD} }}}} into the {part}",
                field="template_id",
            )
