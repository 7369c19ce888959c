"""Two hundred hostile mails with a good token in them: no harm, and the honest one gets through."""

import boto3

from recado.directory import Directory
from tests.hostile_mail import DOMAIN, TOKEN, hostile_mail
from tests.integration.signup.conftest import ACCESS, ANA, FORM, World, reply

HOSTILE_DOCUMENT = "52998224725"


def test_no_hostile_mail_registers_anybody_writes_to_anybody_else_or_holds_up_an_honest_one(
    world: World,
) -> None:
    batch = world.invite("vitima@banco.example", ANA)
    victim, honest = (row["reply_to"] for row in world.audience(batch))
    token = victim.partition("+")[2].partition("@")[0]
    names = {}
    for hostile in hostile_mail():
        raw = hostile.raw().replace(TOKEN.encode(), token.encode())
        uid = world.mailbox.drop(raw.replace(DOMAIN.encode(), b"operadora.example"))
        names[uid] = hostile.name
    world.mailbox.drop(reply(honest, FORM | {"CPF ou CNPJ": "111.444.777-35"}, number=9_999))
    assert len(names) >= 200
    assert ACCESS.trusted_host

    tally = world.check(remaining_ms=10_000_000)
    assert tally.get("trouble", 0) == 0
    assert sum(tally.values()) - tally["swept"] == len(names) + 1
    for _ in range(3):
        world.pump.run("central", "signup", "letters")
    table = Directory(world.suite.outputs["CentralTable"], boto3.client("dynamodb"))
    assert len(table.with_document("11144477735")) == 1
    assert table.with_document(HOSTILE_DOCUMENT) == ()
    assert world.counts(batch)["registered"] == 1
    written_to = {
        address
        for each in world.ses.messages()
        for kind in ("to", "cc", "bcc")
        for address in each[kind]
    }
    assert written_to <= {"vitima@banco.example", ANA}
    assert len(world.letters("vitima@banco.example")) <= 4
    assert world.pump.given_back == 0
