"""A language model on Amazon Bedrock by its Converse API.

BEDROCK_MODEL is the model's id. Needs the permission bedrock:InvokeModelWithResponseStream on it.
"""

from collections.abc import AsyncGenerator, Iterator
from typing import Any

from assistant.domain.ports import Prompt
from model_services import aws
from model_services.grounding import grounded
from model_services.options import Options
from model_services.prompting import MAX_TOKENS, messages
from model_services.workers import Stopped, Workers

DEFAULT = "meta.llama3-1-8b-instruct-v1:0"


class Bedrock:
    """One model, asked by as many threads as there are places."""

    def __init__(self, client: Any, model: str, threads: int) -> None:
        self._client = client
        self._model = model
        self._workers = Workers(threads)

    async def complete(self, prompt: Prompt, timeout: float) -> AsyncGenerator[str]:
        """The answer sentence by sentence."""
        made = self._workers.stream(lambda stopped: self._generated(prompt, stopped))
        async for sentence in grounded(made, prompt):
            yield sentence

    def _generated(self, prompt: Prompt, stopped: Stopped) -> Iterator[str]:
        system, asked = messages(prompt)
        with aws.faults_of("Bedrock"):
            answer = self._client.converse_stream(
                modelId=self._model,
                system=[{"text": system["content"]}],
                messages=[{"role": "user", "content": [{"text": asked["content"]}]}],
                inferenceConfig={"maxTokens": MAX_TOKENS, "temperature": 0.2},
            )
            for event in answer["stream"]:
                if stopped():
                    return
                text = event.get("contentBlockDelta", {}).get("delta", {}).get("text")
                if text:
                    yield text


def engine(options: Options) -> Bedrock:
    """The model of BEDROCK_MODEL."""
    model = options.text("BEDROCK_MODEL", DEFAULT)
    return Bedrock(aws.client("bedrock-runtime"), model, options.pool)
