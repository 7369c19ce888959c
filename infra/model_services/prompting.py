"""What a generating model is told."""

from assistant.domain.ports import Prompt

MAX_TOKENS = 300
_NAMES = {"pt": "Brazilian Portuguese", "en": "English"}
Message = dict[str, str]


def instructions(prompt: Prompt) -> str:
    """The system prompt: what to do, and the facts to do it with."""
    language = _NAMES.get(prompt.language.split("-")[0].lower(), prompt.language)
    facts = "\n".join(f"- {fact}" for fact in prompt.facts) or "- (none)"
    return (
        "You are the voice of a telecom operator's customer service. Answer the customer's question"
        f" in {language}, in at most four short sentences that sound well when spoken. Use only the"
        " facts below; copy every number exactly as it is written there, and never calculate or"
        " guess one. If the facts do not answer the question, say so and offer an attendant."
        f"\n\nFacts:\n{facts}"
    )


def messages(prompt: Prompt) -> list[Message]:
    """The conversation as a chat model takes it: instructions, then earlier lines and the question.

    The speakers of earlier lines are not known here, so they are given as one message.
    """
    asked = prompt.question
    if prompt.history:
        asked = "Earlier in this conversation:\n" + "\n".join(prompt.history) + f"\n\n{asked}"
    return [
        {"role": "system", "content": instructions(prompt)},
        {"role": "user", "content": asked},
    ]
