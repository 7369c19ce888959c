"""The use cases of a campaign that change something: draft, launch, order."""

from collections.abc import Callable
from datetime import date, datetime
from itertools import islice

from central.domain.approval import Approval, needs_approval
from central.domain.campaigns import (
    CampaignView,
    Definition,
    NewCampaign,
    check_control,
    drafted,
    rehearse,
)
from central.domain.experiments import check_size, planned_experiment
from central.domain.records import split_lines
from central.gateway import Files
from central.sizing import Sizing
from central.store.approvals import ApprovalStore
from central.store.campaigns import CampaignStore
from central.store.templates import TemplateStore
from central.watching import Watching
from recado import correlation, ids
from recado.audience import RejectedRow, is_blank, parse_line, read_header, recipient_of
from recado.auth import Caller
from recado.bus import Bus
from recado.contracts import (
    CampaignLaunched,
    Control,
    ControlCampaign,
    FileAudience,
    PlanCampaign,
    Recipient,
    SegmentAudience,
)
from recado.directory import Directory
from recado.errors import Conflict, Rejected
from recado.queue import Outbox

SAMPLE = 20
"""Recipients a template is tried on before a launch."""
_SAMPLE_LINES = 1_000


class Launching:
    """Takes campaigns from a draft to the task manager's hands."""

    def __init__(
        self,
        campaigns: CampaignStore,
        approvals: ApprovalStore,
        templates: TemplateStore,
        watching: Watching,
        directory: Directory,
        files: Files,
        commands: Outbox,
        bus: Bus,
        default_sender: str,
        day_of: Callable[[datetime], date],
        sizing: Sizing,
    ) -> None:
        self._campaigns = campaigns
        self._approvals = approvals
        self._sizing = sizing
        self._templates = templates
        self._watching = watching
        self._directory = directory
        self._files = files
        self._commands = commands
        self._bus = bus
        self._default_sender = default_sender
        self._day_of = day_of

    def draft(self, new: NewCampaign, at: datetime, by: str) -> CampaignView:
        """Keep a new campaign; its templates have to exist.

        Raises:
            Rejected: a template is unknown, the audience's file is not an audience, or the
                experiment makes no sense.
        """
        campaign_id = ids.new("cmp", at)
        self.draft_once(campaign_id, new, at, by)
        return self._watching.view(campaign_id)

    def draft_once(self, campaign_id: str, new: NewCampaign, at: datetime, by: str) -> None:
        """Keep a new campaign under this id, unless there is one.

        Raises:
            Rejected: as `draft` does.
        """
        definition = drafted(campaign_id, new, at, by)
        for field, template_id in definition.templates.items():
            if self._templates.summary(template_id) is None:
                raise Rejected(f"there is no template {template_id}", field=field)
        self._campaigns.create(definition)

    def launch(self, campaign_id: str, now: datetime, by: Caller) -> CampaignView:
        """Rehearse a campaign and hand it over; a repeat hands it over again until it is taken up.

        A large one is not handed over but waits for a second person; launching it again freezes
        its plan anew, and whatever was asked before is void.

        Raises:
            Rejected: the template cannot be rendered for the audience, or nobody is in it.
            Conflict: the campaign was launched and is under way.
        """
        definition = self._campaigns.get(campaign_id)
        if definition.launched_at is None:
            plan = self._planned(definition, now, by.label)
            check_size(plan)
            rehearse(plan, self._sample(plan))
            recipients = self._sizing.recipients(plan.audience, plan.as_of)
            if needs_approval(recipients, self._sizing.above):
                return self._ask(plan, recipients, now, by)
            self._campaigns.launch(plan, now.isoformat())
        self.hand_over(campaign_id)
        return self._watching.view(campaign_id)

    def _ask(self, plan: PlanCampaign, recipients: int, now: datetime, by: Caller) -> CampaignView:
        approval = Approval(
            id=ids.new("apr", now),
            asked_at=now,
            asked_by=by.label,
            asked_by_token=by.token_id,
            template_version=plan.template.version if plan.template else None,
            variant_versions=plan.variant_versions,
            recipients=recipients,
        )
        if not self._approvals.ask(plan, approval):
            raise Conflict(f"the campaign {plan.campaign_id} was launched at the same time")
        return self._watching.view(plan.campaign_id)

    def order(self, campaign_id: str, action: Control, by: str) -> CampaignView:
        """Pause, resume, cancel or retry a campaign.

        Raises:
            Conflict: its state does not allow that; the message says which would.
        """
        view = self._watching.view(campaign_id)
        check_control(view, action)
        self._commands.send([ControlCampaign(campaign_id=campaign_id, action=action, by=by)])
        return view

    def _planned(self, definition: Definition, now: datetime, by: str) -> PlanCampaign:
        starts_at = max(definition.starts_at or now, now)
        template, experiment = definition.template_id, definition.experiment
        return PlanCampaign(
            campaign_id=definition.id,
            name=definition.name,
            lane=definition.lane,
            template=self._templates.get(template) if template else None,
            experiment=planned_experiment(experiment, self._templates.get) if experiment else None,
            from_address=definition.from_address or self._default_sender,
            reply_to=definition.reply_to,
            tracking=definition.follows,
            audience=definition.audience,
            as_of=self._day_of(starts_at),
            starts_at=starts_at,
            launched_by=by,
            correlation_id=correlation.current(),
        )

    def hand_over(self, campaign_id: str) -> None:
        """Send the plan that was stored first, unless `campaigns` has it already."""
        plan = self._campaigns.plan(campaign_id)
        if plan is None or self._watching.is_taken_up(campaign_id):
            raise Conflict(f"the campaign {campaign_id} was launched before and is under way")
        self._bus.publish(
            CampaignLaunched(campaign_id=campaign_id, lane=plan.lane, by=plan.launched_by)
        )
        self._commands.send([plan])

    def _sample(self, plan: PlanCampaign) -> list[Recipient]:
        if isinstance(plan.audience, FileAudience):
            return self._sample_of_file(plan.audience.file)
        return self._sample_of_segment(plan.audience, plan.as_of)

    def _sample_of_segment(self, segment: SegmentAudience, as_of: date) -> list[Recipient]:
        page = self._directory.page(segment, as_of, None, SAMPLE)
        return [recipient_of(customer, as_of) for customer in page.customers]

    def _sample_of_file(self, file: str) -> list[Recipient]:
        blocks = (block.content for block in self._files.blocks(file, 0))
        lines = islice(enumerate(split_lines(blocks), start=1), _SAMPLE_LINES)
        header = None
        if file.lower().endswith(".csv"):
            _, first = next(lines, (1, None))
            header = read_header(first.text if first else b"")
        rows = (
            parse_line(line.text, number, header)
            for number, line in lines
            if not is_blank(line.text)
        )
        sample: list[Recipient] = []
        refused: list[RejectedRow] = []
        for row in rows:
            if isinstance(row, RejectedRow):
                refused.append(row)
            else:
                sample.append(row)
            if len(sample) == SAMPLE:
                break
        if refused and not sample:
            raise Rejected(
                f"no row of the file can be written to; {refused[0].id}: {refused[0].reason}",
                field="audience.file",
            )
        return sample
