"""What the pages behind links say, in Portuguese and in English."""

from recado.model import Language

WORDS: dict[str, dict[Language, dict[str, str]]] = {
    "unsubscribe": {
        Language.PORTUGUESE: {
            "title": "Cancelar e-mails de ofertas",
            "text": "Confirme para não receber mais ofertas e novidades por e-mail. Faturas e "
            "avisos do seu serviço continuam a chegar.",
            "button": "Não quero mais receber ofertas",
            "preferences": "Ver todas as preferências de e-mail",
        },
        Language.ENGLISH: {
            "title": "Stop e-mail about offers",
            "text": "Confirm that you want no more offers and news by e-mail. Invoices and notices "
            "about your service will still come.",
            "button": "Send me no more offers",
            "preferences": "See all e-mail preferences",
        },
    },
    "unsubscribed": {
        Language.PORTUGUESE: {
            "title": "Pronto",
            "text": "Você não receberá mais ofertas e novidades por e-mail. Faturas e avisos do "
            "seu serviço continuam a chegar.",
            "preferences": "Foi engano? Ver as preferências de e-mail",
        },
        Language.ENGLISH: {
            "title": "Done",
            "text": "You will get no more offers and news by e-mail. Invoices and notices about "
            "your service will still come.",
            "preferences": "Was it a mistake? See your e-mail preferences",
        },
    },
    "preferences": {
        Language.PORTUGUESE: {
            "title": "Preferências de e-mail",
            "marketing": "Ofertas e novidades",
            "about_marketing": "Promoções, planos novos e convites.",
            "yes": "Quero receber",
            "no": "Não quero receber",
            "barred": "Não enviamos ofertas a este endereço porque mensagens voltaram, foram "
            "marcadas como spam ou isso nos foi pedido. Fale com o atendimento para mudar.",
            "billing": "Faturas e avisos do serviço",
            "about_billing": "Sempre enviados: fazem parte do seu contrato.",
            "button": "Salvar",
            "saved": "Preferências salvas.",
            "unclear": "Nada foi mudado: escolha uma das opções.",
        },
        Language.ENGLISH: {
            "title": "E-mail preferences",
            "marketing": "Offers and news",
            "about_marketing": "Promotions, new plans and invitations.",
            "yes": "I want to get them",
            "no": "I do not want them",
            "barred": "We send no offers to this address because mail came back, was reported as "
            "spam, or we were asked not to. Our customer service can change that.",
            "billing": "Invoices and notices about your service",
            "about_billing": "Always sent: they belong to your contract.",
            "button": "Save",
            "saved": "Preferences saved.",
            "unclear": "Nothing was changed: choose one of the options.",
        },
    },
    "expired": {
        Language.PORTUGUESE: {
            "title": "Este link expirou",
            "text": "Use o link de uma mensagem mais recente ou fale com o atendimento.",
        },
        Language.ENGLISH: {
            "title": "This link has expired",
            "text": "Use the link in a newer message, or ask our customer service.",
        },
    },
    "bad": {
        Language.PORTUGUESE: {
            "title": "Link inválido",
            "text": "O endereço está incompleto ou foi alterado. Abra o link de novo na mensagem.",
        },
        Language.ENGLISH: {
            "title": "This link does not work",
            "text": "The address is incomplete or was changed. Open the link in the message again.",
        },
    },
}
"""By page and language."""


def language_for(accepted: str) -> Language:
    """The language for an `Accept-Language` header: English if it is named before Portuguese."""
    for choice in accepted.lower().split(","):
        if choice.strip().startswith("pt"):
            return Language.PORTUGUESE
        if choice.strip().startswith("en"):
            return Language.ENGLISH
    return Language.PORTUGUESE
