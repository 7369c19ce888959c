"""What is said about the queue and about codes: fixed, unlike the flows that staff edit."""

from collections.abc import Sequence
from datetime import timedelta

from chat.domain.conversation import Offer
from recado.model import Language

Phrase = dict[Language, str]
_PT, _EN = Language.PORTUGUESE, Language.ENGLISH

NO_PLACE: Phrase = {
    _PT: "Agora não há lugar na fila de atendimento. Posso continuar ajudando por aqui com "
    "faturas, pagamentos, conexão e planos; se preferir uma pessoa, tente de novo mais tarde.",
    _EN: "There is no place left in the queue right now. I can go on helping with invoices, "
    "payments, your connection and plans; if you prefer a person, please try again later.",
}
BACK: Phrase = {
    _PT: "Certo, continuamos por aqui. Como posso ajudar?",
    _EN: "All right, let us go on here. How can I help?",
}
STALE_CODE: Phrase = {
    _PT: "Esse código não vale mais.",
    _EN: "That code is no longer valid.",
}
WAITING_FOR_CODE: Phrase = {
    _PT: "Escreva o código de 6 dígitos que enviamos, ou outro e-mail ou CPF/CNPJ.",
    _EN: "Write the 6-digit code we sent, or another e-mail address or CPF/CNPJ.",
}
_AHEAD: Phrase = {
    _PT: "Pessoas na sua frente: {ahead}.",
    _EN: "People ahead of you: {ahead}.",
}
_NEXT: Phrase = {_PT: "Você é o próximo da fila.", _EN: "You are next in the queue."}
_WAIT: Phrase = {
    _PT: "Espera estimada: {minutes} min.",
    _EN: "Estimated wait: {minutes} min.",
}
_NOBODY: Phrase = {
    _PT: "Ainda não há atendentes disponíveis; guardamos o seu lugar.",
    _EN: "No attendant is available yet; we keep your place.",
}
_OFFER: dict[Offer, Phrase] = {
    Offer.CALL_BACK: {
        _PT: "Se preferir, ligamos para você sem que perca o lugar.",
        _EN: "If you prefer, we call you and you keep your place.",
    },
    Offer.BOT: {
        _PT: "Ou volte a falar comigo, sem esperar.",
        _EN: "Or go on with me, without waiting.",
    },
}
_MINUTE = timedelta(minutes=1)


def wait(
    language: Language, ahead: int, expected: timedelta | None, offers: Sequence[Offer]
) -> str:
    """What to expect in the queue, and what to choose instead."""
    parts = [_AHEAD[language].format(ahead=ahead) if ahead else _NEXT[language]]
    if expected is None:
        parts.append(_NOBODY[language])
    else:
        minutes = max(1, -(-expected // _MINUTE))
        parts.append(_WAIT[language].format(minutes=minutes))
    return " ".join([*parts, *(_OFFER[offer][language] for offer in offers)])
