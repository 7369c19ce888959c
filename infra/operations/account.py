"""Facts about the account a world is in, asked of AWS and of DNS, for `operations.checkup`."""

from collections.abc import Callable, Mapping, Sequence

import dns.exception
import dns.resolver
from botocore.exceptions import ClientError

from operations import stack
from operations.checkup import Destination, Identity, Ses, dmarc_domains
from operations.errors import Trouble
from operations.world import World

DNS_SECONDS = 5.0

Lookup = Callable[[str], Sequence[str]]
"""TXT records of a name; empty when there are none."""


def who(world: World) -> str:
    """Account, caller and region.

    Raises:
        botocore.exceptions.BotoCoreError: there are no credentials, or no region.
    """
    sts = world.client("sts")
    caller = sts.get_caller_identity()
    return f"{caller['Account']} in {sts.meta.region_name} as {caller['Arn'].rpartition(':')[2]}"


def stack_status(world: World) -> str:
    """CloudFormation's word for it.

    Raises:
        Trouble: there is no such stack.
    """
    found = stack.find(world.client("cloudformation"))
    if found is None:
        raise Trouble(f"there is no stack {stack.NAME!r} here", "deploy it: docs/aws.md, step 3")
    return str(found["StackStatus"])


def ses(world: World) -> Ses:
    """SES's account."""
    found = world.client("sesv2").get_account()
    limits = found["SendQuota"]
    return Ses(
        production=found["ProductionAccessEnabled"],
        sending_enabled=found["SendingEnabled"],
        enforcement=found.get("EnforcementStatus", ""),
        per_second=limits["MaxSendRate"],
        per_day=limits["Max24HourSend"],
        sent_today=limits["SentLast24Hours"],
    )


def identity(world: World, domain: str) -> Identity | None:
    """What SES knows of a domain; `None` when it never heard of it."""
    try:
        found = world.client("sesv2").get_email_identity(EmailIdentity=domain)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return None
        raise
    mail_from = found.get("MailFromAttributes", {})
    return Identity(
        name=domain,
        verified=found["VerifiedForSendingStatus"],
        dkim=found.get("DkimAttributes", {}).get("Status", "NOT_STARTED"),
        mail_from=mail_from.get("MailFromDomain", ""),
        mail_from_status=mail_from.get("MailFromDomainStatus", ""),
    )


def destinations(world: World, configuration_set: str) -> list[Destination] | None:
    """Whom a configuration set reports to; `None` when there is no such set."""
    try:
        found = world.client("sesv2").get_configuration_set_event_destinations(
            ConfigurationSetName=configuration_set
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return None
        raise
    return [
        Destination(
            enabled=one["Enabled"],
            arn=one.get("SnsDestination", {}).get("TopicArn")
            or one.get("KinesisFirehoseDestination", {}).get("DeliveryStreamArn", ""),
            event_types=one["MatchingEventTypes"],
        )
        for one in found["EventDestinations"]
    ]


def ses_quotas(world: World) -> dict[str, float]:
    """What Service Quotas lists for SES, by name."""
    pages = world.client("service-quotas").get_paginator("list_service_quotas")
    return {
        quota["QuotaName"]: quota["Value"]
        for page in pages.paginate(ServiceCode="ses")
        for quota in page["Quotas"]
    }


def transport(world: World) -> str:
    """How the deployed senders hand mail to SES: `bulk` or `single`."""
    name = stack.functions(world.client("cloudformation"))["SenderBilling"]
    settings = world.client("lambda").get_function_configuration(FunctionName=name)
    return str(settings["Environment"]["Variables"]["TRANSPORT"])


def concurrency(world: World) -> tuple[int, int]:
    """How many functions may run at once, and how many the stack's queues may ask for."""
    functions = world.client("lambda")
    limit = functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    asked = sum(
        mapping.get("ScalingConfig", {}).get("MaximumConcurrency", 0)
        for name in stack.functions(world.client("cloudformation")).values()
        for mapping in functions.list_event_source_mappings(FunctionName=name)[
            "EventSourceMappings"
        ]
    )
    return limit, asked


def dead_letters(world: World, outputs: Mapping[str, str]) -> dict[str, int]:
    """How many messages lie in each dead-letter queue."""
    sqs, attribute = world.client("sqs"), "ApproximateNumberOfMessages"
    return {
        output.removesuffix("DeadUrl"): int(
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])["Attributes"][
                attribute
            ]
        )
        for output, url in outputs.items()
        if output.endswith("DeadUrl")
    }


def dmarc(domain: str, lookup: Lookup) -> dict[str, Sequence[str]] | None:
    """TXT records where a DMARC policy may stand; `None` when DNS did not answer."""
    try:
        return {place: lookup(f"_dmarc.{place}") for place in dmarc_domains(domain)}
    except dns.exception.DNSException:
        return None


def txt_records(name: str) -> list[str]:
    """Asked of the system's resolver.

    Raises:
        dns.exception.DNSException: no answer within `DNS_SECONDS`, or no resolver.
    """
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=DNS_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
