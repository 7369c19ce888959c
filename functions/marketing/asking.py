"""Asks central for the campaigns that offers lead to: one for each mail of a rule and round.

Whom a campaign is for is stored with the offers themselves. A round asks for its own campaigns
when all of its decisions are written, and for those of a round that ended before it could.
"""

from collections.abc import Callable
from datetime import date, timedelta

from marketing.deciding import Directory
from marketing.domain.offers import row
from marketing.domain.rules import Rule
from marketing.domain.steps import Send
from marketing.gateway import SERVICE, Audiences
from marketing.store.campaigns import Asking, OfferCampaigns
from marketing.store.rules import RuleBook
from marketing.working import Run, Tally, each
from recado.contracts import CampaignAsked, FileAudience
from recado.errors import NotFound
from recado.model import Lane, Language
from recado.outgoing import Outgoing

ABANDONED = timedelta(minutes=15)
"""After this nobody adds to a campaign any more: it is longer than a function may run."""


class CampaignAsking:
    """The last part of a round."""

    def __init__(
        self,
        campaigns: OfferCampaigns,
        rules: RuleBook,
        directory: Directory,
        audiences: Audiences,
        outgoing: Outgoing,
        today: Callable[[], date],
    ) -> None:
        self._campaigns = campaigns
        self._rules = rules
        self._directory = directory
        self._audiences = audiences
        self._outgoing = outgoing
        self._today = today

    def ask(self, run: Run) -> Tally:
        """Ask for what this round, or one that was cut off, left to be asked for."""
        own = f"cmp_{run.id.removeprefix('run_')}-"
        due = (
            asking
            for asking in self._campaigns.to_ask()
            if asking.campaign_id.startswith(own) or asking.at <= run.now - ABANDONED
        )
        return each(due, lambda asking: self._one(asking, run), run)

    def _one(self, asking: Asking, run: Run) -> None:
        rule = self._rules.version(asking.rule_version).rule(asking.rule)
        if rule is None:
            raise NotFound(f"version {asking.rule_version} has no rule {asking.rule}")
        fact = self._fact(asking, rule, run)
        self._outgoing.publish(self._campaigns.asked(fact, asking, run.now))

    def _fact(self, asking: Asking, rule: Rule, run: Run) -> CampaignAsked | None:
        """What to tell central; None if nobody is left whom the campaign is for."""
        members = self._campaigns.members(asking.campaign_id)
        found = (self._directory.get(member.customer_id) for member in members)
        rows = [row(customer, self._today()) for customer in found if customer]
        if not rows:
            return None
        send = rule.line[asking.place]
        if not isinstance(send, Send):
            raise NotFound(f"place {asking.place} of the rule {asking.rule} is no mail")
        file = self._audiences.put(asking.campaign_id, rows)
        return CampaignAsked(
            campaign_id=asking.campaign_id,
            name=rule.name[Language.PORTUGUESE],
            lane=Lane.MARKETING,
            template_id=send.template_id,
            audience=FileAudience(file=file),
            starts_at=run.now,
            by=SERVICE,
        )
