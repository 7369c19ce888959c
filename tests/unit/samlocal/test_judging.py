"""What counts as the right answer to a sample."""

import json
from typing import Any

import pytest

from samlocal.judging import judge

REQUEST = {"httpMethod": "GET"}
MESSAGES: dict[str, Any] = {"Records": []}
MINUTE = {"detail-type": "Scheduled Event"}


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        (REQUEST, {"statusCode": 200, "body": "{}"}),
        (REQUEST, {"statusCode": 201, "body": "{}"}),
        (MESSAGES, {"batchItemFailures": []}),
        (MINUTE, {"campaigns": 0}),
    ],
)
def test_an_answer_of_the_right_shape_is_good(event: dict[str, Any], answer: Any) -> None:
    assert judge("service/trigger_case", event, 0, json.dumps(answer)).good


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        (REQUEST, {"statusCode": 500, "body": "{}"}),
        (REQUEST, {"statusCode": 401, "body": "{}"}),
        (REQUEST, {"statusCode": "200", "body": "{}"}),
        (REQUEST, {"batchItemFailures": []}),
        (MESSAGES, {"batchItemFailures": [{"itemIdentifier": "1"}]}),
        (MESSAGES, {"statusCode": 200, "body": "{}"}),
        (MINUTE, None),
        (MINUTE, {"errorType": "KeyError", "errorMessage": "'CAMPAIGNS_TABLE'"}),
    ],
)
def test_an_answer_of_another_shape_is_not(event: dict[str, Any], answer: Any) -> None:
    assert not judge("service/trigger_case", event, 0, json.dumps(answer)).good


def test_an_error_is_told_with_its_type() -> None:
    output = json.dumps({"errorType": "KeyError", "errorMessage": "'X'"})
    assert judge("service/trigger_case", MESSAGES, 0, output).says == "KeyError: 'X'"


def test_no_answer_is_not_good_even_when_sam_says_it_went_well() -> None:
    assert not judge("service/trigger_case", MESSAGES, 0, "").good


def test_nothing_is_good_when_sam_failed() -> None:
    output = json.dumps({"batchItemFailures": []})
    assert judge("service/trigger_case", MESSAGES, 1, output).says == "sam ended with 1"


def test_launching_a_campaign_that_nobody_made_has_to_be_refused() -> None:
    refused = json.dumps({"statusCode": 404, "body": "{}"})
    accepted = json.dumps({"statusCode": 202, "body": "{}"})
    assert judge("central/api_launch_campaign", REQUEST, 0, refused).good
    assert not judge("central/api_launch_campaign", REQUEST, 0, accepted).good
