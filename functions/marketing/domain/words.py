"""A decision in words: one sentence for each rule, in the languages of staff."""

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


_PHRASES = {
    Language.PORTUGUESE: {
        "not for": "não é para este cliente",
        "counted": "{counted} de {needed} conversas em {days} dias",
        "until": " (até {until:%Y-%m-%d})",
        "hold_out": "fica no grupo de comparação, sem e-mail",
        "offered": "a oferta será enviada",
    },
    Language.ENGLISH: {
        "not for": "not for this customer",
        "counted": "{counted} of {needed} conversations in {days} days",
        "until": " (until {until:%Y-%m-%d})",
        "hold_out": "kept for comparison, without a mail",
        "offered": "the offer will be sent",
    },
}


def told(decision: Decision, document: RuleDocument) -> Sentences:
    """Every finding as a sentence; `document` are the rules it was made by."""
    return {
        language: tuple(
            f"{_name(finding, document, language)}: {_said(finding, decision, language)}."
            for finding in decision.findings
        )
        for language in Language
    }


def _name(finding: Finding, document: RuleDocument, language: Language) -> str:
    rule = document.rule(finding.rule)
    return rule.name[language] if rule else finding.rule


def _said(finding: Finding, decision: Decision, language: Language) -> str:
    phrases = _PHRASES[language]
    if not finding.for_this_customer:
        return phrases["not for"]
    said = [
        phrases["counted"].format(
            counted=len(finding.counted), needed=finding.needed, days=finding.days
        )
    ]
    if finding.stopped_by:
        reasons = ", ".join(_STOPS[language][stop] for stop in finding.stopped_by)
        until = phrases["until"].format(until=finding.until) if finding.until else ""
        said.append(reasons + until)
    elif finding.chosen and decision.group:
        said.append(phrases[decision.group])
    return "; ".join(said)
