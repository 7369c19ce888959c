"""SES: two transports behind one interface, and the quota."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import orjson
from botocore.exceptions import BotoCoreError, ClientError
from botocore.exceptions import ConnectionError as NeverConnected

from recado import queue, settings
from sender.domain import answers
from sender.domain.answers import Answer, Verdict
from sender.domain.mail import Mail
from sender.domain.rate import Quota
from sender.ses import Ses

THREADS = 10
_PASS_THROUGH = {
    "Subject": "{{{subject}}}",
    "Html": "{{{html}}}",
    "Text": "{{{text}}}",
}
"""Messages are rendered by us; SES's own template only lets them through."""


class Envelope:
    """What all mail of a campaign has in common."""

    def __init__(self, from_address: str, reply_to: str | None, configuration_set: str) -> None:
        self.from_address = from_address
        self.reply_to = [reply_to] if reply_to else []
        self.configuration_set = configuration_set


class Transport(Protocol):
    """A way to hand messages to SES."""

    def send(self, envelope: Envelope, mails: Sequence[Mail]) -> list[Answer]:
        """One answer a message, in order; a lost answer is UNKNOWN, never an exception."""
        ...


def client() -> Ses:
    """An SES client that never tries twice."""
    return Ses.from_env(THREADS)


def transport(ses: Ses) -> Transport:
    """The transport that the setting TRANSPORT names: `bulk` (the default) or `single`."""
    name = settings.text("TRANSPORT")
    if name not in {"bulk", "single"}:
        raise settings.Misconfigured(f"TRANSPORT must be bulk or single, not {name!r}")
    single = SingleTransport(ses)
    return single if name == "single" else BulkTransport(ses, single)


class SingleTransport:
    """SendEmail, one call a message, on a pool of threads."""

    def __init__(self, ses: Ses) -> None:
        self._ses = ses
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="ses")

    def send(self, envelope: Envelope, mails: Sequence[Mail]) -> list[Answer]:
        """One answer a message, in order."""
        return list(self._pool.map(lambda mail: self._send_one(envelope, mail), mails))

    def _send_one(self, envelope: Envelope, mail: Mail) -> Answer:
        try:
            self._ses.send_email(
                FromEmailAddress=envelope.from_address,
                ReplyToAddresses=[mail.reply_to] if mail.reply_to else envelope.reply_to,
                Destination={"ToAddresses": [mail.address]},
                ConfigurationSetName=envelope.configuration_set,
                EmailTags=_tags(mail),
                Content={
                    "Simple": {
                        "Subject": {"Data": mail.content.subject, "Charset": "UTF-8"},
                        "Body": {
                            "Html": {"Data": mail.content.html, "Charset": "UTF-8"},
                            "Text": {"Data": mail.content.text, "Charset": "UTF-8"},
                        },
                        "Headers": _headers(mail),
                    }
                },
            )
        except (ClientError, BotoCoreError) as error:
            return meaning(error)
        return Answer(Verdict.SENT)


class BulkTransport:
    """SendBulkEmail, up to 50 messages a call; what SES refuses as a whole goes one by one.

    So does mail whose answers go to addresses of their own: a call has one `Reply-To`.
    """

    def __init__(self, ses: Ses, single: Transport) -> None:
        self._ses = ses
        self._single = single

    def send(self, envelope: Envelope, mails: Sequence[Mail]) -> list[Answer]:
        """One answer a message, in order."""
        if any(mail.reply_to for mail in mails):
            return self._single.send(envelope, mails)
        try:
            results = self._ses.send_bulk_email(
                FromEmailAddress=envelope.from_address,
                ReplyToAddresses=envelope.reply_to,
                ConfigurationSetName=envelope.configuration_set,
                DefaultContent={
                    "Template": {"TemplateContent": _PASS_THROUGH, "TemplateData": "{}"}
                },
                BulkEmailEntries=[
                    {
                        "Destination": {"ToAddresses": [mail.address]},
                        "ReplacementTags": _tags(mail),
                        "ReplacementHeaders": _headers(mail),
                        "ReplacementEmailContent": {
                            "ReplacementTemplate": {"ReplacementTemplateData": _data(mail)}
                        },
                    }
                    for mail in mails
                ],
            ).get("BulkEmailEntryResults", [])
        except (ClientError, BotoCoreError) as error:
            answer = meaning(error)
            if answer.verdict is Verdict.FAILED and len(mails) > 1:
                return self._single.send(envelope, mails)
            return [answer] * len(mails)
        given = [answers.of_status(entry["Status"], entry.get("Error", "")) for entry in results]
        missing = Answer(Verdict.UNKNOWN, "SES's answer did not mention this message")
        return [*given, *[missing] * (len(mails) - len(given))]


def meaning(error: ClientError | BotoCoreError) -> Answer:
    """What a failed call means for its messages: unknown, unless it is certain none left."""
    if isinstance(error, ClientError):
        return answers.of_error(error.response["Error"]["Code"], error.response["Error"]["Message"])
    if isinstance(error, NeverConnected):
        return Answer(Verdict.TRY_AGAIN, "SES could not be reached")
    return Answer(Verdict.UNKNOWN, f"SES's answer was lost: {type(error).__name__}")


def quota(ses: Ses) -> Quota:
    """What SES allows the account at this moment."""
    account = ses.get_account()
    limits = account["SendQuota"]
    return Quota(
        per_second=limits["MaxSendRate"],
        left_today=limits["Max24HourSend"] - limits["SentLast24Hours"],
        sending_enabled=account["SendingEnabled"],
    )


def _tags(mail: Mail) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in mail.tags.items()]


def _headers(mail: Mail) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in mail.headers]


def _data(mail: Mail) -> str:
    content = mail.content
    fields = {"subject": content.subject, "html": content.html, "text": content.text}
    return orjson.dumps(fields).decode()


def plan_queue() -> queue.Queue:
    """Where the sender leaves commands for `campaigns`."""
    return queue.Queue(settings.text("PLAN_QUEUE_URL"), queue.client)


def own_queue() -> queue.Queue:
    """This worker's own lane, for chunks that SES would not take yet."""
    return queue.Queue(settings.text("SEND_QUEUE_URL"), queue.client)
