"""doctor: whether the account a world is in is ready for campaigns, and what to do if not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from operations import account, checkup, reporting, stack, world
from operations.checkup import Finding, Level
from operations.console import console, heading, note
from operations.errors import Trouble
from operations.world import World

_SIGNS = {
    Level.OK: ("✓", "good"),
    Level.WARNING: ("!", "warning"),
    Level.FAILED: ("✗", "bad"),
    Level.SKIPPED: ("·", "quiet"),
}


def doctor() -> None:
    """Check the account: credentials, stack, SES, DNS, quotas, dead letters."""
    here = world.current()
    heading(f"The {here.name} world")
    findings = []
    listed = reporting.table("", "check", "found")
    for name, finding in examine(here):
        findings.append(finding)
        _add(listed, name, finding)
    console.print(Padding(listed, (0, 0, 0, 2)))
    _sum_up(findings)
    if checkup.any_failed(findings):
        raise typer.Exit(1)


def examine(
    here: World, lookup: account.Lookup = account.txt_records
) -> Iterator[tuple[str, Finding]]:
    """Every check with its finding; nothing more is asked once there is no account or no stack."""
    patient = _Patient(here, lookup)
    for check in _CHECKS:
        if here.local and check.not_here:
            yield check.name, checkup.skipped(check.not_here)
            continue
        finding = _tell(check, patient)
        yield check.name, finding
        if check.decisive and finding.level is Level.FAILED:
            return


class _Patient:
    """A world under examination; what several checks need is asked once."""

    def __init__(self, here: World, lookup: account.Lookup) -> None:
        self.world = here
        self.lookup = lookup

    @cached_property
    def outputs(self) -> dict[str, str]:
        return self.world.outputs()

    @cached_property
    def domain(self) -> str:
        return self.outputs["FromAddress"].rpartition("@")[2].rstrip("> ")

    @cached_property
    def ses(self) -> checkup.Ses:
        return account.ses(self.world)

    @cached_property
    def identity(self) -> checkup.Identity | None:
        return account.identity(self.world, self.domain)


@dataclass(frozen=True)
class _Check:
    """`not_here` says why a local world has nothing to check; without it, it is checked too."""

    name: str
    look: Callable[[_Patient], Finding]
    not_here: str = ""
    decisive: bool = False


def _tell(check: _Check, patient: _Patient) -> Finding:
    try:
        return check.look(patient)
    except Trouble as trouble:
        return checkup.failed(trouble.problem, trouble.remedy)
    except ClientError as error:
        said = error.response["Error"]
        judge = checkup.failed if check.decisive else checkup.warning
        return judge(
            f"AWS did not tell: {said['Code']}",
            f"allow your credentials {error.operation_name}, or look in the console",
        )
    except BotoCoreError as error:
        return checkup.failed(str(error), "check AWS_PROFILE and AWS_REGION")


_CHECKS = (
    _Check("credentials", lambda on: checkup.ok(account.who(on.world)), decisive=True),
    _Check("stack", lambda on: checkup.stack(account.stack_status(on.world)), decisive=True),
    _Check("SES sandbox", lambda on: checkup.sandbox(on.ses)),
    _Check("SES sending", lambda on: checkup.sending(on.ses)),
    _Check("SES quota", lambda on: checkup.quota(on.ses)),
    _Check(
        "sender",
        lambda on: checkup.sender(on.outputs["FromAddress"], on.outputs["SenderDomain"]),
        not_here="local worlds do not enforce IAM",
    ),
    _Check("identity", lambda on: checkup.identity(on.identity, on.domain)),
    _Check(
        "MAIL FROM",
        lambda on: checkup.mail_from(on.identity),
        not_here="the simulator has no DNS",
    ),
    _Check(
        "DMARC",
        lambda on: checkup.dmarc(account.dmarc(on.domain, on.lookup), on.domain),
        not_here="the domain is made up",
    ),
    _Check(
        "SES events",
        lambda on: checkup.events(
            account.destinations(on.world, stack.NAME),
            on.outputs["FeedbackTopic"],
            on.outputs["MailEventsArn"],
        ),
    ),
    _Check(
        "SendBulkEmail",
        lambda on: checkup.bulk(account.ses_quotas(on.world), on.ses, account.transport(on.world)),
        not_here="the simulator counts recipients only",
    ),
    _Check(
        "Lambda concurrency",
        lambda on: checkup.concurrency(*account.concurrency(on.world)),
        not_here="a local world has as many as the machine bears",
    ),
    _Check(
        "dead letters",
        lambda on: checkup.dead_letters(account.dead_letters(on.world, on.outputs)),
    ),
)


def _add(listed: Table, name: str, finding: Finding) -> None:
    sign, style = _SIGNS[finding.level]
    said = Text(finding.what, "quiet" if finding.level is Level.SKIPPED else "")
    if finding.remedy:
        said.append("\n→ ", "accent").append(finding.remedy, "quiet")
    listed.add_row(Text(sign, style), Text(name), said)


def _sum_up(findings: list[Finding]) -> None:
    number = {level: sum(one.level is level for one in findings) for level in Level}
    console.print()
    note(
        (f"{number[Level.OK]} ok", "good"),
        (f"   {number[Level.WARNING]} to look at", "warning" if number[Level.WARNING] else "quiet"),
        (f"   {number[Level.FAILED]} to mend", "bad" if number[Level.FAILED] else "quiet"),
        (f"   {number[Level.SKIPPED]} not in this world", "quiet"),
    )
