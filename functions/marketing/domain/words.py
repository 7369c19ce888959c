"""A decision in words: one sentence for each rule, in the languages of staff."""

from collections.abc import Callable

from marketing.domain.rules import RuleDocument
from marketing.domain.scoring import Decision, Finding, Stop
from recado.model import Language

Sentences = dict[Language, tuple[str, ...]]
_STOPS: dict[Language, dict[Stop, str]] = {
    Language.PORTUGUESE: {
        Stop.NOT_A_CUSTOMER: "já não é cliente",
        Stop.NO_ADDRESS: "não tem um endereço de e-mail válido",
        Stop.NO_CONSENT: "não recebe marketing",
        Stop.OPEN_TECHNICAL_TICKET: "tem um chamado técnico aberto",
        Stop.OVERDUE: "tem fatura em atraso",
        Stop.COOL_DOWN: "já teve esta oferta",
        Stop.ANOTHER_OFFER: "teve outra oferta há pouco",
        Stop.LOWER_PRIORITY: "outra regra com mais prioridade foi escolhida",
    },
    Language.ENGLISH: {
        Stop.NOT_A_CUSTOMER: "is no longer a customer",
        Stop.NO_ADDRESS: "has no valid e-mail address",
        Stop.NO_CONSENT: "gets no marketing",
        Stop.OPEN_TECHNICAL_TICKET: "has an open technical ticket",
        Stop.OVERDUE: "has an overdue invoice",
        Stop.COOL_DOWN: "had this offer before",
        Stop.ANOTHER_OFFER: "had another offer a short while ago",
        Stop.LOWER_PRIORITY: "another rule of higher priority was chosen",
    },
}


def told(decision: Decision, document: RuleDocument) -> Sentences:
    """Every finding as a sentence; `document` are the rules it was made by."""
    sentences: Sentences = {}
    for language, sentence in (
        (Language.PORTUGUESE, _portuguese),
        (Language.ENGLISH, _english),
    ):
        sentences[language] = tuple(
            f"{_name(each, document, language)}: {_ending(each, decision, language, sentence)}."
            for each in decision.findings
        )
    return sentences


def _name(finding: Finding, document: RuleDocument, language: Language) -> str:
    rule = document.rule(finding.rule)
    return rule.name[language] if rule else finding.rule


def _ending(
    finding: Finding,
    decision: Decision,
    language: Language,
    sentence: Callable[[Finding, Decision], str],
) -> str:
    if not finding.stopped_by:
        return sentence(finding, decision)
    reasons = ", ".join(_STOPS[language][stop] for stop in finding.stopped_by)
    until = f" ({finding.until:%Y-%m-%d})" if finding.until else ""
    first = sentence(finding, decision)
    return f"{first}; {reasons}{until}"


def _portuguese(finding: Finding, decision: Decision) -> str:
    if not finding.for_this_customer:
        return "não é para este cliente"
    counted = f"{len(finding.counted)} de {finding.needed} conversas em {finding.days} dias"
    if not finding.chosen:
        return counted
    held_out = "; fica no grupo de comparação, sem e-mail"
    return counted + (held_out if decision.group == "hold_out" else "; a oferta será enviada")


def _english(finding: Finding, decision: Decision) -> str:
    if not finding.for_this_customer:
        return "not for this customer"
    counted = f"{len(finding.counted)} of {finding.needed} conversations in {finding.days} days"
    if not finding.chosen:
        return counted
    held_out = "; kept for comparison, without a mail"
    return counted + (held_out if decision.group == "hold_out" else "; the offer will be sent")
