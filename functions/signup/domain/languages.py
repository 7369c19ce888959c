"""Which of our languages a person writes in: decided by small words and the form's labels."""

import re
from collections import Counter

from recado.model import Language
from signup.domain.plain import each_of, folded

MAX_READ = 4_000
_PORTUGUESE = each_of(
    "de que nao para com uma os meu minha meus seu sua esta segue obrigado obrigada ola oi"
    " bom boa dia tarde noite por favor quero gostaria sou moro eu voces voce no na em nome"
    " telefone endereco plano att atenciosamente abraco preenchido dados certo desculpe"
    " celular ou e o qual tem cadastro enviado interesse"
)
_ENGLISH = each_of(
    "the my is are and you your please thanks thank hello hi dear regards best i am this"
    " would like want with for from me name phone address plan at to of it not dont have no"
    " yes sorry see below sign up by answering sent answer sure number live remove street"
    " full company postcode document chosen hey here just need one mobile got get our we can"
)
_BOTH = each_of("no me a as do")
_WORD = re.compile(r"[a-z']+")


def language_of(*texts: str) -> Language:
    """The language of the first text that tells; Portuguese if none does.

    To be given in the order of what they tell: a person's free words, their labels, the quotes.
    """
    for text in texts:
        counted = _counts(text)
        if counted[Language.ENGLISH] != counted[Language.PORTUGUESE]:
            return max(Language, key=lambda language: counted[language])
    return Language.PORTUGUESE


def _counts(text: str) -> Counter[Language]:
    counted: Counter[Language] = Counter()
    for word in _WORD.findall(folded(text[:MAX_READ]))[:400]:
        if word in _BOTH:
            continue
        counted[Language.PORTUGUESE] += word in _PORTUGUESE
        counted[Language.ENGLISH] += word in _ENGLISH
    return counted
