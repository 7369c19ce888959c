"""What the page behind a confirmation link says, in Portuguese and in English."""

from recado.model import Language
from recado.registration import Applicant

_PT, _EN = Language.PORTUGUESE, Language.ENGLISH
_SHOWN = 3

WORDS: dict[str, dict[Language, dict[str, str]]] = {
    "confirm": {
        _PT: {
            "title": "Confirme o seu cadastro",
            "text": "Foi pedido um cadastro com o seu endereço de e-mail e estes dados:",
            "name": "Nome",
            "document": "CPF ou CNPJ",
            "phone": "Telefone",
            "address": "Endereço",
            "plan": "Plano",
            "agree": "Ao confirmar, você pede o cadastro como cliente e concorda com o uso destes "
            "dados para esse fim. Se não foi você que pediu, feche esta página.",
            "button": "Confirmar o cadastro",
        },
        _EN: {
            "title": "Confirm your sign-up",
            "text": "Somebody signed up with your e-mail address and these data:",
            "name": "Name",
            "document": "CPF or CNPJ",
            "phone": "Phone",
            "address": "Address",
            "plan": "Plan",
            "agree": "By confirming, you ask to be registered as a customer and agree to the use "
            "of these data for that purpose. If that was not you, close this page.",
            "button": "Confirm the sign-up",
        },
    },
    "done": {
        _PT: {
            "title": "Cadastro confirmado",
            "text": "Recebemos a sua confirmação. O resultado chega por e-mail em instantes.",
        },
        _EN: {
            "title": "Sign-up confirmed",
            "text": "We got your confirmation. The outcome comes by e-mail in a moment.",
        },
    },
    "expired": {
        _PT: {
            "title": "Este link expirou",
            "text": "Use o link da mensagem mais recente ou fale com o nosso atendimento.",
        },
        _EN: {
            "title": "This link has expired",
            "text": "Use the link in the newest message, or ask our customer service.",
        },
    },
    "bad": {
        _PT: {
            "title": "Link inválido",
            "text": "O endereço está incompleto ou foi alterado. Abra o link de novo na mensagem.",
        },
        _EN: {
            "title": "This link does not work",
            "text": "The address is incomplete or was changed. Open the link in the message again.",
        },
    },
}
"""By page and language."""


def masked(applicant: Applicant) -> dict[str, str]:
    """What the page shows: enough for the person to recognise it, no whole document or number."""
    return {
        "name": applicant.name,
        "document": _ending(applicant.document),
        "phone": _ending(applicant.phone),
        "address": applicant.address,
        "plan": applicant.plan,
    }


def _ending(text: str) -> str:
    return "•" * max(0, len(text) - _SHOWN) + text[-_SHOWN:]
