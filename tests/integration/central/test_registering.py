"""Who signed up by mail becomes a customer: once a document, and with the same answer again."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from central import events
from recado import outgoing, table
from recado.registration import Applicant, Consent, RegistrationReceived
from tests.factories import AT, CPF, context, sqs_event
from tests.integration.central.conftest import Api
from tests.integration.conftest import Suite

Ask = Callable[..., list[Any]]


def received(number: int = 0, **changes: Any) -> RegistrationReceived:
    """What signup tells; Ana's, unless told otherwise."""
    said = {
        "name": "Ana Souza",
        "document": CPF,
        "email": "ana@example.com",
        "phone": "+5581999991234",
        "address": "Rua da Aurora, 10, Recife",
        "postcode": "50050000",
        "plan": "Fibra 500",
        "language": "pt-BR",
    }
    batch = "01JQ8M4T2W6Z7Y9X0V1S3R5P7N"
    return RegistrationReceived(
        registration_id=f"reg_{batch}_{number}",
        invitation_id=f"inv_{batch}_{number}",
        applicant=Applicant.model_validate(said | changes),
        consent=Consent(
            wording="signup-2026-11", how="verified_reply", given_at=AT, address="ana@example.com"
        ),
        received_at=AT,
    )


@pytest.fixture
def ask(central: Suite, told: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Deliver registrations; returns what central told of them."""
    monkeypatch.setenv("DEAD_LETTER_URL", central.outputs["CentralQueueDeadUrl"])

    def deliver(*facts: RegistrationReceived) -> list[Any]:
        bodies = [
            {"detail-type": type(fact).__name__, "detail": fact.model_dump(mode="json")}
            for fact in facts
        ]
        assert events.handler(sqs_event(*bodies), context()) == {"batchItemFailures": []}
        return [each["detail"] for each in told() if each["detail-type"] == "RegistrationSettled"]

    return deliver


def test_who_signed_up_is_a_customer_with_an_address_and_counts_in_the_report(
    api: Api, ask: Ask
) -> None:
    (settled,) = ask(received())
    assert settled["outcome"] == "registered"
    customer = api.ok("GET", f"/v1/customers/{settled['customer_id']}")
    assert (customer["document"], customer["postcode"]) == (CPF, "50050000")
    assert customer["address"] == "Rua da Aurora, 10, Recife"
    assert api.ok("GET", "/v1/reports/summary", month="2026-10")["new_customers"] == 1


def test_a_registration_that_comes_again_gets_the_same_answer(api: Api, ask: Ask) -> None:
    first, second = ask(received(), received())
    assert first == second
    assert ask(received()) == [first]
    assert len(api.ok("GET", "/v1/customers")["items"]) == 1


def test_what_is_told_is_listed_once_for_reports_that_miss_it(central: Suite, ask: Ask) -> None:
    settled = ask(received(0), received(0), received(1))
    name = central.outputs["CentralTable"]
    found = [json.loads(each.detail) for each in outgoing.listed(name, table.client(), AT.date())]
    assert {each["registration_id"] for each in settled} == {
        each["registration_id"] for each in found
    }
    assert sorted(each["outcome"] for each in found) == ["already_customer", "registered"]


def test_a_document_registers_once_whoever_asks(api: Api, ask: Ask) -> None:
    first, second = ask(received(0), received(1, email="outra@example.com"))
    assert (first["outcome"], second["outcome"]) == ("registered", "already_customer")
    assert second["customer_id"] == first["customer_id"]


def test_who_was_a_customer_before_is_found_by_the_document(api: Api, ask: Ask) -> None:
    known = {"id": "C-1", "name": "Ana", "document": CPF, "email": "a@example.com"}
    api.ok("POST", "/v1/customers", known)
    (settled,) = ask(received())
    assert (settled["outcome"], settled["customer_id"]) == ("already_customer", "C-1")


def test_what_is_no_customer_is_refused_by_field_and_without_what_was_in_it(ask: Ask) -> None:
    (settled,) = ask(received(document="12345678901", postcode="1"))
    assert (settled["outcome"], settled["customer_id"]) == ("refused", None)
    assert "document" in settled["reason"]
    assert "postcode" in settled["reason"]
    assert "12345678901" not in settled["reason"]


def test_staff_and_files_may_give_an_address_and_a_cep(api: Api) -> None:
    new = {"id": "C-1", "name": "Ana", "document": CPF, "email": "a@example.com"}
    api.ok("POST", "/v1/customers", new | {"address": "Rua A, 1", "postcode": "50.050-000"})
    assert api.ok("GET", "/v1/customers/C-1")["postcode"] == "50050000"
    refused = api("POST", "/v1/customers", new | {"postcode": "5005"})
    assert (refused.status, refused.body["field"]) == (422, "postcode")
