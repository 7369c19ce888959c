"""Answers made of the facts themselves: no model, nothing made up, and at once."""

from collections.abc import AsyncGenerator

from assistant.domain.ports import Prompt
from model_services.grounding import relevant
from model_services.options import Options

_NOTHING = {
    "pt": "Não encontrei essa informação nos seus dados. Posso chamar um atendente, se quiser.",
    "en": "I did not find that in your data. I can ask an attendant to help, if you like.",
}


class Grounded:
    """Says the facts that fit the question."""

    async def complete(self, prompt: Prompt, timeout: float) -> AsyncGenerator[str]:
        """Each fact as a sentence; without facts, that there is nothing."""
        facts = relevant(prompt)
        if not facts:
            yield _NOTHING["pt" if prompt.language.lower().startswith("pt") else "en"]
        for number, fact in enumerate(facts):
            yield (" " if number else "") + _sentence(fact)


def _sentence(fact: str) -> str:
    told = fact.strip()
    return told if told.endswith((".", "!", "?", "…")) else told + "."


def engine(options: Options) -> Grounded:
    """One without settings."""
    return Grounded()
