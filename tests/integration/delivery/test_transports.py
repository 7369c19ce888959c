"""Both ways to hand mail to SES, against the simulator."""

import pytest

from recado.model import Lane
from recado.settings import Misconfigured
from tests.integration.conftest import forget_collaborators

from .conftest import Operator, person


@pytest.mark.parametrize("transport", ["bulk", "single"])
def test_both_transports_send_the_same_mail_once(operator: Operator, transport: str) -> None:
    operator.monkeypatch.setenv("TRANSPORT", transport)
    forget_collaborators()
    operator.launch([person(number) for number in range(60)])
    operator.pump.run()
    assert operator.accepted == (60, 0)
    first = operator.ses.message(operator.ses.messages()[0]["message_id"])
    assert first is not None
    assert first["subject"] == f"Fatura de Cliente {first['tags']['position']}"
    assert first["tags"] | {"campaign": "cmp_test", "chunk": "0"} == first["tags"]


def test_an_unknown_transport_is_refused_with_the_setting_named(operator: Operator) -> None:
    operator.monkeypatch.setenv("TRANSPORT", "pigeon")
    forget_collaborators()
    operator.launch([person(0)])
    with pytest.raises(Misconfigured, match="TRANSPORT must be bulk or single, not 'pigeon'"):
        operator.pump.step(Lane.BILLING)
    assert operator.accepted == (0, 0)


def test_each_persons_answer_may_go_to_an_address_of_their_own(operator: Operator) -> None:
    own = {
        number: {"reply_to": f"cadastro+t{number}@operadora.example", "reference": f"<t{number}@x>"}
        for number in (1, 2)
    }
    operator.launch([person(number, **own.get(number, {})) for number in range(3)])
    operator.pump.run()
    sent = {mail["to"][0]: mail for mail in operator.ses.messages()}
    assert [sent[f"c{number}@example.com"]["reply_to"] for number in range(3)] == [
        [],
        ["cadastro+t1@operadora.example"],
        ["cadastro+t2@operadora.example"],
    ]
    assert dict(sent["c1@example.com"]["headers"])["References"] == "<t1@x>"
    assert operator.accepted == (3, 0)
