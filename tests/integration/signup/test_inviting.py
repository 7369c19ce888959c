"""Inviting: each person with an address of their own, nobody twice."""

import boto3

from recado.audience import parse_line
from recado.contracts import CampaignAsked, Recipient
from tests.integration.signup.conftest import World


def test_each_person_has_an_address_of_their_own_in_the_campaigns_audience(world: World) -> None:
    batch = world.invite("ana@example.com", "bia@example.com")
    rows = world.audience(batch)
    assert len({row["reply_to"] for row in rows}) == 2
    key = f"audiences/{batch['campaign_id']}/invitations.ndjson"
    body = boto3.client("s3").get_object(Bucket=world.suite.outputs["Files"], Key=key)["Body"]
    for number, line in enumerate(body.read().splitlines(), start=1):
        recipient = parse_line(line, number, None)
        assert isinstance(recipient, Recipient)
        assert recipient.answer_to is not None
        assert len(recipient.answer_to.address.rpartition("@")[0]) <= 64
        assert recipient.fields["code"] in str(recipient.answer_to.reference)


def test_a_request_that_is_repeated_invites_nobody_twice(world: World) -> None:
    batch_id = "bat_01JQ8M4T2W6Z7Y9X0V1S3R5P7N"
    first = world.invite("ana@example.com", id=batch_id)
    again = world.invite("ana@example.com", id=batch_id)
    assert first == again
    asked = [each for each in world.told() if each["detail-type"] == "CampaignAsked"]
    assert len(asked) == 1
    assert CampaignAsked.model_validate(asked[0]["detail"]).campaign_id == first["campaign_id"]


def test_a_file_invites_its_people_and_tells_which_rows_name_nobody(world: World) -> None:
    content = (
        "email,name,language,plan\nana@example.com,Ana,pt-BR,Fibra 500\nnobody,X,,\n"
        "bia@example.com,Bia,en,\nANA@example.com,Ana again,,\n"
    )
    boto3.client("s3").put_object(
        Bucket=world.suite.outputs["Files"], Key="audiences/a1/p.csv", Body=content.encode()
    )
    batch = world.ok("POST", "/v1/invitations", {"file": "audiences/a1/p.csv"})
    assert (batch["invited"], batch["rejected"]) == (2, 1)
    (fault,) = batch["faults"]
    assert (fault["line"], "email" in fault["reason"]) == (3, True)
    assert [row["language"] for row in world.audience(batch)] == ["pt-BR", "en"]


def test_whom_to_invite_has_to_be_said_once(world: World) -> None:
    for body in ({}, {"people": [{"email": "a@example.com"}], "file": "audiences/x.csv"}):
        status, answer = world.call("POST", "/v1/invitations", body)
        assert (status, answer["field"]) == (422, "people")
    status, answer = world.call("POST", "/v1/invitations", {"file": "imports/x.csv"})
    assert (status, answer["field"]) == (422, "file")


def test_batches_and_their_people_are_listed_page_by_page(world: World) -> None:
    batches = [world.invite(f"p{number}@example.com", "z@example.com") for number in range(3)]
    page = world.ok("GET", "/v1/invitations", limit="2")
    rest = world.ok("GET", "/v1/invitations", limit="2", cursor=page["cursor"])
    listed = [each["id"] for each in (*page["items"], *rest["items"])]
    assert listed == [each["id"] for each in reversed(batches)]
    path = f"/v1/invitations/{batches[0]['id']}/people"
    first = world.ok("GET", path, limit="1")
    second = world.ok("GET", path, limit="1", cursor=first["cursor"])
    assert second["items"][0]["email"] == "z@example.com"


def test_a_campaign_that_central_refuses_shows_in_the_batch(world: World) -> None:
    batch = world.invite()
    world.pump.run("central", "signup")
    refusal = world.ok("GET", f"/v1/invitations/{batch['id']}")["refusal"]
    assert "signup-invitation" in refusal
