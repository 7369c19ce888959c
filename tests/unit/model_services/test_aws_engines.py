"""The engines on AWS: what Polly, Bedrock and Transcribe are asked, and what refusals mean."""

import asyncio
import io
import json
from collections.abc import Callable
from typing import Any

import boto3
import numpy as np
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from assistant.domain.ports import (
    BadInput,
    Overloaded,
    Prompt,
    TooLarge,
    Unreachable,
)
from model_services.audio import read_wav
from model_services.engines import bedrock, polly, transcribe
from model_services.options import Options
from recado.settings import Misconfigured

from .services import SECONDS, every, spoken, tone


def client(service: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service, region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t"
    )


def body(content: bytes) -> StreamingBody:
    return StreamingBody(io.BytesIO(content), len(content))


def polly_with(stub: Callable[[Stubber], None]) -> Any:
    service = client("polly")
    stubber = Stubber(service)
    stub(stubber)
    stubber.activate()
    return polly.Polly(service, {"pt-br": "Camila", "en": "Joanna"}, "neural", 1)


def test_polly_is_asked_for_a_voice_of_the_language_and_gives_a_wav() -> None:
    asked = {
        "Text": "Olá",
        "VoiceId": "Camila",
        "Engine": "neural",
        "OutputFormat": "pcm",
        "SampleRate": "16000",
    }
    samples = read_wav(tone()).samples
    answer = {"AudioStream": body(samples.tobytes())}
    voice = polly_with(lambda stub: stub.add_response("synthesize_speech", answer, asked))
    sound = read_wav(spoken(voice, "Olá", "pt-BR"))
    assert sound.rate == 16_000
    assert np.array_equal(sound.samples, samples)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("ThrottlingException", Overloaded),
        ("TextLengthExceededException", BadInput),
        ("AccessDeniedException", Unreachable),
    ],
)
def test_what_aws_refuses_is_told_as_a_fault(code: str, fault: type[Exception]) -> None:
    voice = polly_with(lambda stub: stub.add_client_error("synthesize_speech", code))
    with pytest.raises(fault, match=code):
        spoken(voice, "hello")


def test_polly_has_a_voice_for_languages_that_are_set_and_takes_so_much() -> None:
    voice = polly_with(lambda _: None)
    with pytest.raises(BadInput, match="POLLY_VOICES"):
        spoken(voice, "bonjour", "fr")
    with pytest.raises(TooLarge):
        spoken(voice, "a" * 3_001)
    with pytest.raises(Misconfigured, match="POLLY_VOICES"):
        polly.engine(Options(1, {"POLLY_VOICES": "Camila"}))


class Converse:
    """Bedrock's stream, which botocore's Stubber has no form for."""

    def __init__(self, *texts: str) -> None:
        self.asked: dict[str, Any] = {}
        self._texts = texts

    def converse_stream(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        deltas = [{"contentBlockDelta": {"delta": {"text": text}}} for text in self._texts]
        return {"stream": [{"messageStart": {}}, *deltas, {"messageStop": {}}]}


def test_bedrock_gets_facts_and_question_and_its_sentences_come_out() -> None:
    service = Converse("You owe ", "10. ", "Or 11.")
    model = bedrock.Bedrock(service, bedrock.DEFAULT, 1)
    prompt = Prompt(question="How much?", language="en", facts=("You owe 10.",), history=("hi",))
    assert asyncio.run(every(model.complete(prompt, SECONDS))) == ["You owe 10. "]
    assert service.asked["modelId"].startswith("meta.llama3-1")
    assert "- You owe 10." in service.asked["system"][0]["text"]
    assert "How much?" in service.asked["messages"][0]["content"][0]["text"]


def test_bedrock_that_throttles_is_overloaded() -> None:
    service = client("bedrock-runtime")
    stubber = Stubber(service)
    stubber.add_client_error("converse_stream", "ThrottlingException")
    stubber.activate()
    model = bedrock.Bedrock(service, bedrock.DEFAULT, 1)
    with pytest.raises(Overloaded):
        asyncio.run(every(model.complete(Prompt(question="?", language="en"), SECONDS)))


def transcribe_with(
    *states: str, answer: bytes = b""
) -> tuple[transcribe.Transcribe, Stubber, Stubber]:
    jobs, files = client("transcribe"), client("s3")
    job, file = Stubber(jobs), Stubber(files)
    file.add_response("put_object", {}, {"Bucket": "b", "Key": ANY, "Body": ANY})
    job.add_response("start_transcription_job", {}, None)
    for state in states:
        told = {"TranscriptionJob": {"TranscriptionJobStatus": state}}
        job.add_response("get_transcription_job", told, {"TranscriptionJobName": ANY})
    if answer:
        file.add_response("get_object", {"Body": body(answer)}, {"Bucket": "b", "Key": ANY})
    for _ in range(2):
        file.add_response("delete_object", {}, {"Bucket": "b", "Key": ANY})
    job.add_response("delete_transcription_job", {}, {"TranscriptionJobName": ANY})
    job.activate()
    file.activate()
    return transcribe.Transcribe(jobs, files, "b", 1, lambda _: None), job, file


def test_transcribe_waits_for_its_job_and_leaves_nothing_behind() -> None:
    results = {
        "transcripts": [{"transcript": "quanto devo"}],
        "items": [
            {"alternatives": [{"confidence": "0.9", "content": "quanto"}]},
            {"alternatives": [{"confidence": "0.7", "content": "devo"}]},
            {"alternatives": [{"confidence": "0.0", "content": "?"}]},
        ],
    }
    answer = json.dumps({"results": results}).encode()
    ear, job, file = transcribe_with("QUEUED", "IN_PROGRESS", "COMPLETED", answer=answer)
    said = asyncio.run(ear.transcribe(tone(), "pt-BR", SECONDS))
    assert (said.text, said.confidence) == ("quanto devo", pytest.approx(0.8))
    job.assert_no_pending_responses()
    file.assert_no_pending_responses()


def test_a_failed_job_is_bad_audio_and_leaves_nothing_behind() -> None:
    ear, job, file = transcribe_with("FAILED")
    with pytest.raises(BadInput):
        asyncio.run(ear.transcribe(tone(), "en", SECONDS))
    job.assert_no_pending_responses()
    file.assert_no_pending_responses()
