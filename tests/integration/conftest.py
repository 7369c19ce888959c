"""The suite's tables, queues, bucket and bus, made by moto from the real `infra/*.yaml`.

They are made once; every test begins with a copy of moto's memory as it was then.
"""

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from recado import table, wire
from tests.integration.memory import Memory, spare_tables

INFRA = Path(__file__).parents[2] / "infra"
STACKS = ("data", "messaging")
VARIABLES = {
    "CENTRAL_TABLE": "CentralTable",
    "CAMPAIGNS_TABLE": "CampaignsTable",
    "SUPPRESSION_TABLE": "SuppressionTable",
    "CONVERSATIONS_TABLE": "ConversationsTable",
    "DESK_TABLE": "DeskTable",
    "MARKETING_TABLE": "MarketingTable",
    "SIGNUP_TABLE": "SignupTable",
    "MONITORING_TABLE": "MonitoringTable",
    "LINK_KEYS": "LinkKeys",
    "CHAT_KEY": "ChatKey",
    "SIGNUP_KEYS": "SignupKeys",
    "ASSISTANT_TABLE": "AssistantTable",
    "ASSISTANT_KEY": "AssistantKey",
    "FILES_BUCKET": "Files",
    "PLAN_QUEUE_URL": "PlanQueueUrl",
    "IMPORT_QUEUE_URL": "ImportQueueUrl",
    "SEND_TRANSACTIONAL_URL": "SendTransactionalUrl",
    "SEND_BILLING_URL": "SendBillingUrl",
    "SEND_MARKETING_URL": "SendMarketingUrl",
    "FEEDBACK_QUEUE_URL": "FeedbackQueueUrl",
    "CHAT_QUEUE_URL": "ChatQueueUrl",
    "CODE_QUEUE_URL": "CodeQueueUrl",
    "DESK_QUEUE_URL": "DeskQueueUrl",
    "LETTER_QUEUE_URL": "LetterQueueUrl",
    "BUS_NAME": "Bus",
}
"""Which output of the stacks each setting of a function is."""
PACKAGES = (
    *("recado", "central", "campaigns", "sender", "chat", "desk"),
    *("marketing", "monitoring", "signup", "assistant"),
)
"""Whose `@cache`d factories are emptied between tests."""
CONSTANTS = {
    "TIME_ZONE": "America/Sao_Paulo",
    "FROM_ADDRESS": "Operadora <avisos@operadora.example>",
    "LINKS_URL": "https://links.operadora.example",
    "SIGNUP_ADDRESS": "cadastro@operadora.example",
    "SIGNUP_PLANS": "Fibra 300, Fibra 500, Fibra 800",
    "POWERTOOLS_METRICS_NAMESPACE": "Recado",
    "POWERTOOLS_SERVICE_NAME": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
}


NOT_IN_MOTO = "SNS|SQS|S3|SecretsManager|KinesisFirehose"
"""Services of which moto's CloudFormation does not make everything."""
_MOTO = {"core": {"reset_boto3_session": False}}
spare_tables()


@dataclass(frozen=True)
class Suite:
    """The deployed suite, without functions."""

    outputs: dict[str, str]


@pytest.fixture(scope="session")
def deployed() -> tuple[dict[str, str], Memory]:
    """The suite, deployed once: its outputs, and moto as it was then."""
    with pytest.MonkeyPatch.context() as patch:
        _settle(patch)
        with mock_aws(config=_MOTO):
            return deploy(), Memory.taken()


@pytest.fixture
def suite(
    deployed: tuple[dict[str, str], Memory], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Suite]:
    """Fresh, empty resources and the environment that points to them."""
    outputs, memory = deployed
    _settle(monkeypatch)
    forget_collaborators()
    monkeypatch.setattr(wire, "client", table.client)  # moto reaches boto3's clients only
    with mock_aws(config=_MOTO):
        memory.restore()
        for name, output in VARIABLES.items():
            monkeypatch.setenv(name, outputs[output])
        yield Suite(dict(outputs))
    forget_collaborators()


def _settle(patch: pytest.MonkeyPatch) -> None:
    for name, value in CONSTANTS.items():
        patch.setenv(name, value)
    patch.delenv("AWS_ENDPOINT_URL", raising=False)
    patch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture
def told(suite: Suite) -> Callable[[], list[Any]]:
    """What was put on the bus since last asked, whole: `detail-type`, `source`, `detail`."""
    sqs, events = boto3.client("sqs"), boto3.client("events")
    url = sqs.create_queue(QueueName="listener")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    bus, pattern = suite.outputs["Bus"], json.dumps({"source": [{"prefix": "recado."}]})
    events.put_rule(Name="everything", EventBusName=bus, EventPattern=pattern)
    events.put_targets(
        Rule="everything", EventBusName=bus, Targets=[{"Id": "listener", "Arn": arn["QueueArn"]}]
    )
    return lambda: [json.loads(each) for each in taken(url)]


def taken(url: str) -> Iterator[str]:
    """The bodies of all messages of a queue, which they leave."""
    sqs = boto3.client("sqs")
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            yield message["Body"]


def deploy() -> dict[str, str]:
    """Make the stacks; returns their outputs."""
    cloudformation = boto3.client("cloudformation")
    outputs: dict[str, str] = {}
    for name in STACKS:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", f"Tried to parse AWS::({NOT_IN_MOTO})::")
            cloudformation.create_stack(
                StackName=name, TemplateBody=(INFRA / f"{name}.yaml").read_text()
            )
            stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        outputs |= {out["OutputKey"]: out["OutputValue"] for out in stack["Outputs"]}
    keys = json.dumps({"current": "k1", "k1": "a-key-of-the-tests"})
    outputs["LinkKeys"] = _secret("link-keys", keys)
    outputs["ChatKey"] = _secret("chat-key", "another-key-of-the-tests")
    outputs["AssistantKey"] = _secret("assistant-key", "a-third-key-of-the-tests")
    outputs["SignupKeys"] = _secret("signup-keys", keys)
    outputs["Bus"] = outputs["BusArn"].rpartition("/")[2]  # moto's Ref of a bus is no name
    return outputs


def _secret(name: str, text: str) -> str:
    """A secret, which moto's CloudFormation passes over."""
    answer = boto3.client("secretsmanager").create_secret(Name=name, SecretString=text)
    return str(answer["ARN"])


def forget_collaborators() -> None:
    """Empty every `@cache`d factory of the suite, so that no test sees another's clients."""
    ours = [module for name, module in sys.modules.items() if name.partition(".")[0] in PACKAGES]
    for module in ours:
        for thing in vars(module).values():
            if isinstance(thing, _lru_cache_wrapper):
                thing.cache_clear()
