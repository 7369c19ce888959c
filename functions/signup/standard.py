"""The standard invitation: the form, and the way out that every marketing mail has."""

from recado.links import UNSUBSCRIBE_FIELD
from recado.model import Language, MailBody
from signup.domain import form

_WAY_OUT = {
    Language.PORTUGUESE: "Não quer mais receber convites?",
    Language.ENGLISH: "You want no more invitations?",
}


def bodies() -> dict[Language, MailBody]:
    """The bodies of the standard invitation by language."""
    return {language: _with_way_out(form.invitation(language), language) for language in Language}


def _with_way_out(body: MailBody, language: Language) -> MailBody:
    words, link = _WAY_OUT[language], f"{{{{ {UNSUBSCRIBE_FIELD} }}}}"
    return MailBody(
        subject=body.subject,
        text=f"{body.text}\n{words} {link}\n",
        html=f'{body.html}<p><small><a href="{link}">{words}</a></small></p>\n',
    )
