"""SES, the key and the language model, as their clients answer."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import ANY, Stubber

from chat.domain.codes import CodeMail
from chat.domain.improvising import MAX_ANSWER, instructions
from chat.gateway import LanguageModel, NoModel
from chat.mailing import Mailing
from recado.conversation import Line, Speaker
from recado.errors import Rejected, Retryable
from recado.letters import Letters
from recado.model import Language
from tests.factories import AT

LINE = Line(sequence=1, speaker=Speaker.CUSTOMER, text="qual a capital da França?", at=AT)
PT = Language.PORTUGUESE
CODE = CodeMail(
    id="cod_1",
    conversation_id="cnv_1",
    customer_id="C-1",
    language=PT,
    code="123456",
    expires_at=AT.replace(hour=13),
)


def stubbed(service: str) -> tuple[Any, Stubber]:
    client = boto3.client(
        service,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    stubber = Stubber(client)
    stubber.activate()
    return client, stubber


def improvise(*content: Any) -> str | None:
    bedrock, stubber = stubbed("bedrock-runtime")
    reply = {
        "output": {"message": {"role": "assistant", "content": list(content)}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 1},
    }
    asked = {
        "modelId": "meta.llama3-1-8b-instruct-v1:0",
        "system": [{"text": instructions(PT)}],
        "messages": [{"role": "user", "content": [{"text": LINE.text}]}],
        "inferenceConfig": ANY,
    }
    stubber.add_response("converse", reply, asked)
    said = LanguageModel("meta.llama3-1-8b-instruct-v1:0", bedrock)(LINE, PT)
    stubber.assert_no_pending_responses()
    return said


def text(**reply: Any) -> dict[str, str]:
    return {"text": json.dumps(reply)}


def test_a_model_answers_in_the_form_that_was_asked_for() -> None:
    assert improvise(text(answer="Paris. Cuido de faturas.", language="pt-BR")) == (
        "Paris. Cuido de faturas."
    )


def test_words_around_the_answer_do_no_harm() -> None:
    wrapped = f"Claro! {text(answer='Paris.', language='pt-BR')['text']} Até mais."
    assert improvise({"text": wrapped}) == "Paris."


@pytest.mark.parametrize(
    "content",
    [
        {"text": "Paris."},
        {"text": "[" * 100_000},
        {"text": '{"answer": "Paris."}'},
        text(answer="Paris.", language="en"),
        text(answer="Paris.", language="fr"),
        text(answer="", language="pt-BR"),
        text(answer="a" * (MAX_ANSWER + 1), language="pt-BR"),
        text(answer="veja https://phish.example", language="pt-BR"),
        text(answer="ligue para 0800 123456", language="pt-BR"),
        text(answer="Paris\x1b[2J", language="pt-BR"),
        text(answer="Paris.", language="pt-BR", tool="send_mail"),
    ],
    ids=str,
)
def test_anything_else_is_not_said(content: dict[str, str]) -> None:
    assert improvise(content) is None


def test_a_model_that_fails_is_not_waited_for() -> None:
    bedrock, stubber = stubbed("bedrock-runtime")
    stubber.add_client_error("converse", "ThrottlingException")
    assert LanguageModel("m", bedrock)(LINE, PT) is None


def test_a_model_that_takes_too_long_is_not_waited_for() -> None:
    class Slow:
        def converse(self, **_: Any) -> Any:
            raise ReadTimeoutError(endpoint_url="bedrock")

    assert LanguageModel("m", Slow())(LINE, PT) is None


@pytest.mark.parametrize("setting", [None, "none"])
def test_there_is_no_model_unless_one_is_named(
    monkeypatch: pytest.MonkeyPatch, setting: str | None
) -> None:
    monkeypatch.delenv("LANGUAGE_MODEL", raising=False)
    if setting:
        monkeypatch.setenv("LANGUAGE_MODEL", setting)
    assert isinstance(LanguageModel.from_env(), NoModel)


class Addresses:
    """Ana's mailbox."""

    def address(self, customer_id: str) -> str | None:
        return "ana@example.com" if customer_id == "C-1" else None


def mailing(ses: Any) -> Mailing:
    return Mailing(Addresses(), Letters(ses, "Operadora <a@operadora.example>", "recado"))


def test_a_code_is_mailed_in_the_customers_language_and_not_in_the_subject() -> None:
    ses, stubber = stubbed("sesv2")
    sent: list[Any] = []
    stubber.add_response("send_email", {"MessageId": "1"})
    ses.meta.events.register(
        "provide-client-params.sesv2.SendEmail", lambda params, **_: sent.append(params)
    )
    assert mailing(ses).send(CODE, AT)
    (mail,) = sent
    simple = mail["Content"]["Simple"]
    assert mail["Destination"] == {"ToAddresses": ["ana@example.com"]}
    assert "123456" not in simple["Subject"]["Data"]
    for part in ("Text", "Html"):
        assert "Seu código é 123456" in simple["Body"][part]["Data"]
    assert {"Name": "kind", "Value": "code"} in mail["EmailTags"]


@pytest.mark.parametrize(
    "changed", [{"customer_id": None}, {"customer_id": "C-2"}, {"expires_at": AT}], ids=str
)
def test_a_code_that_is_for_nobody_or_too_late_is_not_mailed(changed: dict[str, Any]) -> None:
    ses, _ = stubbed("sesv2")
    assert not mailing(ses).send(CODE.model_copy(update=changed), AT)


def test_a_throttled_code_is_tried_again_and_a_refused_one_is_not() -> None:
    ses, stubber = stubbed("sesv2")
    stubber.add_client_error("send_email", "TooManyRequestsException", "for ana@example.com")
    stubber.add_client_error("send_email", "MessageRejected", "for ana@example.com")
    with pytest.raises(Retryable) as throttled:
        mailing(ses).send(CODE, AT)
    with pytest.raises(Rejected) as refused:
        mailing(ses).send(CODE, AT)
    assert "ana@" not in f"{throttled.value} {refused.value}"


def test_a_code_whose_answer_was_lost_is_not_sent_twice() -> None:
    class Silent:
        def send_email(self, **_: Any) -> Any:
            raise ReadTimeoutError(endpoint_url="ses")

    assert mailing(Silent()).send(CODE, AT)


def test_a_broken_code_message_shows_nothing_of_itself() -> None:
    with pytest.raises(ValueError, match="CodeMail") as broken:
        CodeMail.model_validate_json('{"code": "123456"}')
    assert "123456" not in str(broken.value)
