"""Answers in sentences, or in a list without labels: "me chamo …, CPF …, moro na …".

A *cue* is a word that says what follows. Without a cue only what nothing else can be is taken.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from signup.domain import values
from signup.domain.extracted import Asked, Field, Wrong
from signup.domain.plain import each_of, folded
from signup.domain.values import Answer

MAX_BEHIND = 120
"""Characters behind a cue, on its line, in which its answer is looked for."""
NEAR = 40
"""The same for what is not corrected."""
MOST_WORDS = 6
"""Words of a line that says nothing but a plan."""
MAX_TEXT = 6_000
"""Characters of a person's words that are searched for sentences."""

_NAME_CUE = re.compile(
    r"\b(?:meu nome (?:completo )?(?:e|eh)|nome completo(?: e| eh)?|me chamo|chamo-me"
    r"|my (?:full )?name(?: is|'s)|full name(?: is)?)\s+"
)
_WEAK_NAME_CUE = re.compile(
    r"(?:^|[.!,;:]\s*|\beu,? )(?:sou (?:o |a )?|i am |i'm |this is |aqui e (?:o |a )?|(?<=\beu, )"
    r"|(?:meus )?dados(?: sao| abaixo)?\s*:\s*|(?:my )?details(?: are| below)?\s*:\s*)"
)
_WORD = r"[^\W\d_][\w'\u2019.-]{0,40}"
_NAME = re.compile(rf"{_WORD}(?: {_WORD}){{0,7}}")
_CAPITAL = r"[A-ZÀ-Þ][\w'\u2019-]{0,40}"
_CAPITALISED = re.compile(rf"{_CAPITAL}(?: (?:(?:d[aeo]s?|e|del|van|von) )?{_CAPITAL}){{1,7}}")
_NAME_HERE = re.compile(
    rf"({_CAPITALISED.pattern})"
    r"(?:,? (?:here|aqui)\b|,\s{1,3}(?=(?:CPF|CNPJ|cpf|cnpj|\d{3}[. ]?\d{3}[. ]?\d{3})\b))"
)
_PHONE_CUE = re.compile(
    r"\b(?:tel(?:efone)?|cel(?:ular)?|fone|whats(?:app)?|zap|contato|lig(?:ar|uem|ue)|phone|mobile"
    r"|cell|reach me|call me)\b[^\d+(\n]{0,30}"
)
_POSTCODE_ALONE = re.compile(
    r"(?<![\d.\-/])\d{2}\.?\d{3}-\d{3}(?![\d\-/])|^\W{0,4}\d{8}\W{0,4}$", re.MULTILINE
)
_POSTCODE_CUE = re.compile(r"\b(?:cep|postal code|postcode|zip(?: code)?)\b[^\d\n]{0,15}")
_BESIDE_PLANS = each_of("o a de do da the plano plan pacote package giga gb mega mb")
_PLAN_CUE = re.compile(
    r"\b(?:plano|pacote|plan|package|contratar|quero|queria|gostaria d[aeo]|prefiro|escolh[oi]"
    r"|interesse n[ao]|interessad[ao] n[ao]|interested in"
    r"|fico com|want|like|prefer|choose|take|get|need|go (?:for|with)|put me on)\b\s*"
)
_CORRECTION = re.compile(
    r"\b(?:alias|na verdade|corrigindo|melhor dizendo|quer dizer|digo|ops"
    r"|(?:perdao|desculp\w{0,4}|sorry)"
    r"(?!\W+(?:\w+\W+){0,4}(?:demor|atras|incomod|transtorn|inconvenien|delay|late|wait|bother))"
    r"|pensando (?:bem|melhor)|prefiro|actually|i mean|correction|scratch that|rather"
    r"|instead|errei|troquei|mudei de ideia|oops|whoops|swapped|changed my mind)\b"
)
"""What takes back what was said before it; an apology for being late takes nothing back."""
_ADDRESS_CUE = re.compile(
    r"\b(?:(?:moro|resido|vivo) (?:na|no|em|a)"
    r"|endereco(?: d[aeo] \w{2,15})?\W{0,3}(?:(?:e|eh|fica|completo)\b\W{0,3})?"
    r"|(?:i )?live (?:at|on|in)|address\W{0,3}(?:is\b\W{0,3})?|reside (?:at|in))\s*(?:na |no |em )?"
)
_STREET = re.compile(
    r"\b(?:rua|r\.|av\.|avenida|alameda|al\.|travessa|praca|rodovia|estrada|ladeira|largo|quadra"
    r"|sq[sn]|scl[ns]|sh[ic][sn]|setor|street|avenue)[ ]"
)
_END_OF_ADDRESS = re.compile(
    r"[\s,;.(\u2013-]*(?:\b(?:and|the|e|o|com)\s){0,2}"
    r"(?:\bcep\b|\bpostcode\b|\bpostal code\b|\bzip\b|\bpl?ano\b|\bplan\b|\bcpf\b"
    r"|\btel|\bcel\b|\bfone\b|\bphone\b|\bquero\b|\d{2}\.?\d{3}-\d{3}|;|\n)"
    r"|(?<=[^\W\d_]{4})\.\s|(?<=[ -][^\W\d_]{2})\.\s|\.$"
)
_ABBREVIATED = re.compile(r"\b(?:av|dr|sr|al|bl|st|ap(?:to?)?|cj|conj|prof|pres)$")
_LIST_MARK = re.compile(r"^\s*(?:[-*\u2022\u00b7\u2013]|\d{1,2}[.)])\s+")
_GREETING = re.compile(
    r"(?:oi|ola|bom dia|boa tarde|boa noite|prezad\w*|car[oa]s?|hello|hi|hey|dear|good (?:morning"
    r"|afternoon|evening)|segue|please|obrigad\w*|thanks?|sim|ok)\b"
)


def by_cue(asked: Asked, text: str, plans: Collection[str]) -> Answer | None:
    """The answer behind a cue, or None."""
    said = text[:MAX_TEXT]
    match asked:
        case Asked.NAME:
            return _named(said)
        case Asked.DOCUMENT:
            return _document(said)
        case Asked.PHONE:
            return _behind(_PHONE_CUE, said, lambda line: corrected(line, values.phone))
        case Asked.POSTCODE:
            return _behind(_POSTCODE_CUE, said, lambda line: values.postcode(line[:NEAR]))
        case Asked.ADDRESS:
            return _address(said, _ADDRESS_CUE)
        case Asked.PLAN:
            return _planned(said, plans)


def without_cue(asked: Asked, lines: Sequence[str], plans: Collection[str]) -> Answer | None:
    """The answer that stands for itself, or None."""
    lines = [_LIST_MARK.sub("", line, count=1).strip() for line in lines]
    text = "\n".join(lines)[:MAX_TEXT]
    match asked:
        case Asked.NAME:
            return _first_name(lines)
        case Asked.DOCUMENT:
            return None
        case Asked.PHONE:
            rest = values.POSTCODE.sub(" ; ", values.DOCUMENT.sub(_not_a_phone, text))
            return _valid(values.phone(line) for line in rest.split("\n"))
        case Asked.POSTCODE:
            found = _POSTCODE_ALONE.search(text)
            return values.postcode(found.group()) if found else None
        case Asked.ADDRESS:
            return _address(text, _STREET, keep=True)
        case Asked.PLAN:
            named = values.plans_named(text, plans)
            if len(named) > 1:
                return Wrong.AMBIGUOUS
            if named:
                return Field(value=named[0], raw=named[0])
            return _valid(values.plan(line, plans) for line in lines if _only_a_plan(line, plans))


def taken_back(asked: Asked, lines: Sequence[str], plans: Collection[str]) -> Answer | None:
    """The answer that a line gives behind a word of correction, or None."""
    for line in lines:
        if found := _CORRECTION.search(folded(line)):
            behind = line[found.end() :]
            answer = by_cue(asked, behind, plans) or _mentioned(asked, behind)
            if isinstance(answer, Field):
                return answer
    return None


def _mentioned(asked: Asked, said: str) -> Answer | None:
    """The number of a line whose cue may stand behind it: `use 11 … for the phone`."""
    if asked is Asked.PHONE and _PHONE_CUE.search(folded(said)):
        return values.phone(said)
    if asked is Asked.POSTCODE and _POSTCODE_CUE.search(folded(said)):
        return values.postcode(said)
    return None


def _named(said: str) -> Answer | None:
    plain = folded(said)
    if cue := _NAME_CUE.search(plain):
        found = _CAPITALISED.match(said, cue.end()) or _NAME.match(said, cue.end())
        return values.name(found.group()) if found else None
    for cue in _WEAK_NAME_CUE.finditer(plain):
        if found := _CAPITALISED.match(said, cue.end()):
            return values.name(found.group())
    here = _NAME_HERE.search(said)
    return values.name(here.group(1)) if here else None


def _document(said: str) -> Answer | None:
    found = values.documents(said)
    valid = {value for _, value in found if value}
    cued = [
        pair
        for pair in found
        if re.search(r"(?:cpf|cnpj)[^\d]{0,25}$", folded(said[: pair[0].start()][-40:]))
    ]
    told = {value for _, value in cued if value}
    if len(told) == 1 and len(valid) > 1 and len(cued) == 1 and "cpfs" not in folded(said):
        valid = told
    if len(valid) > 1:
        return Wrong.AMBIGUOUS
    if valid:
        value = valid.pop()
        return Field(value=value, raw=value)
    return Wrong.CHECK_DIGITS if cued else None


def _behind(cue: re.Pattern[str], said: str, read: Callable[[str], Answer]) -> Answer | None:
    wrong = None
    for found in cue.finditer(folded(said)):
        answer = read(said[found.end() : found.end() + MAX_BEHIND].split("\n")[0])
        if isinstance(answer, Field):
            return answer
        if answer is not Wrong.UNREADABLE:
            wrong = answer
    return wrong


def _address(said: str, cue: re.Pattern[str], *, keep: bool = False) -> Answer | None:
    plain = folded(said)
    for found in cue.finditer(plain):
        begin = found.start() if keep else found.end()
        end = _end_of_address(said, plain, found.end())
        text = said[begin:end]
        if any(sign.isdigit() for sign in text):
            answer = values.address(text)
            if isinstance(answer, Field):
                return answer
    return None


def _end_of_address(said: str, plain: str, begin: int) -> int:
    for stop in _END_OF_ADDRESS.finditer(plain, begin, begin + values.MAX_ADDRESS):
        dot = stop.group().startswith(".") and stop.group().strip() == "."
        if not (dot and _ABBREVIATED.search(plain[begin : stop.start()])):
            return stop.start()
    return min(len(said), begin + values.MAX_ADDRESS)


def corrected(said: str, read: Callable[[str], Answer]) -> Answer:
    """What a line says, or what stands behind a correction on it."""
    first = read(said)
    taken_back = _CORRECTION.search(folded(said))
    second = read(said[taken_back.end() :]) if taken_back else first
    return second if isinstance(second, Field) else first


def _planned(said: str, plans: Collection[str]) -> Answer | None:
    wrong = None
    for cue in _PLAN_CUE.finditer(folded(said)):
        line = said[cue.end() : cue.end() + MAX_BEHIND].split("\n")[0]
        answer = corrected(line, lambda text: values.plan(_clause(text), plans))
        if isinstance(answer, Field):
            return answer
        wrong = Wrong.AMBIGUOUS if answer is Wrong.AMBIGUOUS else wrong
    return wrong


def _clause(line: str) -> str:
    return re.split(r"[.;!?]", line[:60])[0]


def _only_a_plan(line: str, plans: Collection[str]) -> bool:
    """Whether a line has no word but those of plans."""
    said = values.words(line)
    known = _BESIDE_PLANS.union(*(values.words(each) for each in plans))
    return 0 < len(said) <= MOST_WORDS and known.issuperset(said)


def _first_name(lines: Sequence[str]) -> Answer | None:
    """A name at the beginning of a line, where a document follows somewhere."""
    for line in lines[:12]:
        plain = folded(line)
        found = _CAPITALISED.match(line)
        if not found or _GREETING.match(plain) or _STREET.match(plain + " "):
            continue
        rest = line[found.end() :].strip()
        if not rest or rest[0] in ",;|/":
            return values.name(found.group())
    return None


def _not_a_phone(found: re.Match[str]) -> str:
    return " ; " if any(value for _, value in values.documents(found.group())) else found.group()


def _valid(answers: Iterable[Answer]) -> Answer | None:
    return next((each for each in answers if isinstance(each, Field)), None)
