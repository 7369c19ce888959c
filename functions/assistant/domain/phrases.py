"""What the assistant says by itself: while it works, and where something fails."""

from assistant.domain.stages import Stage
from recado.model import Language

Phrase = dict[Language, str]
_PT, _EN = Language.PORTUGUESE, Language.ENGLISH

FILLER: Phrase = {_PT: "Um momento, por favor.", _EN: "One moment, please."}
FAILED: dict[Stage, Phrase] = {
    Stage.STT: {
        _PT: "Não consegui ouvir você agora. Por favor, escreva a sua pergunta.",
        _EN: "I cannot hear you right now. Please write your question.",
    },
    Stage.CHAT: {
        _PT: "Não consigo responder agora. Por favor, tente de novo em alguns minutos.",
        _EN: "I cannot answer right now. Please try again in a few minutes.",
    },
    Stage.FIGURES: {
        _PT: "Não consigo ver as suas contas agora. Por favor, tente de novo em alguns minutos.",
        _EN: "I cannot see your bills right now. Please try again in a few minutes.",
    },
}
NOTHING_HEARD: Phrase = {
    _PT: "Não entendi nenhuma palavra. Pode repetir?",
    _EN: "I did not understand a word. Could you say it again?",
}
WHO_IS_IT: Phrase = {
    _PT: "Para falar das suas contas preciso saber quem é você: peça a segunda via da fatura.",
    _EN: "To tell you about your bills I need to know who you are: ask for a copy of your invoice.",
}
PASSED_ON: Phrase = {
    _PT: "A sua mensagem foi passada à equipe de atendimento.",
    _EN: "Your message was passed on to the service team.",
}
EXACTLY: Phrase = {_PT: "Os valores exatos são estes:", _EN: "The exact figures are these:"}
