"""One execution environment, with AWS's own runtime client in it."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest

from local_lambda.runtime_api import LARGEST_RESPONSE
from local_lambda.sandbox import Result, Sandbox

from .conftest import Make


def invoke(sandbox: Sandbox, event: object = None, request_id: str = "r-1") -> Result:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:recado-Tried-1"
    return sandbox.invoke(request_id, arn, "Root=1-1-1", json.dumps(event).encode())


def answer(result: Result) -> Any:
    return json.loads(result.payload)


def test_a_handler_gets_the_event_the_context_the_variables_and_its_layers(make: Make) -> None:
    sandbox = make(
        """
        import os
        import layered

        def handler(event, context):
            left = context.get_remaining_time_in_millis()
            return [event, context.aws_request_id, os.environ["TABLE"], layered.NAME, left > 15_000]
        """,
        layer="NAME = 'from the layer'",
    )
    sandbox.start()
    result = invoke(sandbox, {"a": 1}, "r-7")
    assert not result.is_error
    assert answer(result) == [{"a": 1}, "r-7", "customers", "from the layer", True]


def test_a_warm_sandbox_keeps_its_globals_and_answers_in_milliseconds(make: Make) -> None:
    sandbox = make(
        """
        calls = []

        def handler(event, context):
            calls.append(event)
            return len(calls)
        """
    )
    sandbox.start()
    began = time.monotonic()
    assert [answer(invoke(sandbox, n, f"r-{n}")) for n in range(20)] == list(range(1, 21))
    assert time.monotonic() - began < 20 * 0.04, "slower than one delayed packet an invocation"


def test_what_is_printed_is_between_the_start_and_the_end_of_its_invocation(make: Make) -> None:
    sandbox = make(
        """
        print("imported")

        def handler(event, context):
            print("said", event)
        """
    )
    sandbox.start()
    first, second = (invoke(sandbox, n, f"r-{n}").log.splitlines() for n in (1, 2))
    assert first[:4] == [
        "START RequestId: r-1 Version: $LATEST",
        "imported",
        "said 1",
        "END RequestId: r-1",
    ]
    assert second[:3] == ["START RequestId: r-2 Version: $LATEST", "said 2", "END RequestId: r-2"]
    assert second[3].startswith("REPORT RequestId: r-2\tDuration: ")


def test_an_exception_is_an_error_with_its_type_and_the_next_call_works(make: Make) -> None:
    sandbox = make(
        """
        def handler(event, context):
            return 1 / event
        """
    )
    sandbox.start()
    failed = invoke(sandbox, 0)
    assert failed.is_error
    assert answer(failed)["errorType"] == "ZeroDivisionError"
    assert "Traceback" in failed.log
    assert answer(invoke(sandbox, 2, "r-2")) == 0.5


def test_an_import_error_is_the_result_of_the_next_invocation(make: Make) -> None:
    sandbox = make("import nowhere")
    sandbox.start()
    failed = invoke(sandbox)
    assert failed.is_error
    assert answer(failed)["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'nowhere'" in failed.log


def test_only_what_lambda_gives_can_be_imported(make: Make) -> None:
    sandbox = make("import boto3, pydantic")
    sandbox.start()
    assert "No module named 'pydantic'" in answer(invoke(sandbox))["errorMessage"]


def test_a_function_that_hangs_is_ended_and_starts_anew(make: Make) -> None:
    sandbox = make(
        """
        import time

        def handler(event, context):
            time.sleep(event)
            return "done"
        """,
        timeout_s=1,
    )
    sandbox.start()
    failed = invoke(sandbox, 60, "r-1")
    assert failed.is_error
    assert answer(failed) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: r-1 Error: Task timed out after 1.00 seconds",
    }
    assert answer(invoke(sandbox, 0, "r-2")) == "done"


@pytest.mark.parametrize(
    ("end", "said"),
    [("os._exit(3)", "exit status 3"), ("os.kill(os.getpid(), 9)", "signal: Killed")],
)
def test_a_process_that_ends_is_an_error_and_starts_anew(make: Make, end: str, said: str) -> None:
    sandbox = make(
        f"""
        import os

        def handler(event, context):
            if event:
                {end}
            return "alive"
        """
    )
    sandbox.start()
    failed = invoke(sandbox, request_id="r-1", event=True)
    assert answer(failed)["errorType"] == "Runtime.ExitError"
    assert said in answer(failed)["errorMessage"]
    assert answer(invoke(sandbox, request_id="r-2")) == "alive"


def test_a_process_killed_while_it_waits_costs_nobody_an_invocation(make: Make) -> None:
    sandbox = make(
        """
        import os

        def handler(event, context):
            return os.getpid()
        """
    )
    sandbox.start()
    first = answer(invoke(sandbox))
    psutil.Process(first).kill()
    while psutil.pid_exists(first):
        time.sleep(0.01)
    time.sleep(0.1)
    second = invoke(sandbox, request_id="r-2")
    assert not second.is_error
    assert answer(second) != first


def test_an_answer_may_have_six_megabytes_and_not_more(make: Make) -> None:
    sandbox = make(
        """
        def handler(event, context):
            return "x" * event
        """
    )
    sandbox.start()
    largest = invoke(sandbox, LARGEST_RESPONSE - 2, "r-1")
    assert not largest.is_error
    assert len(largest.payload) == LARGEST_RESPONSE
    refused = invoke(sandbox, LARGEST_RESPONSE, "r-2")
    assert refused.is_error
    assert answer(refused)["errorType"] == "Function.ResponseSizeTooLarge"
    assert answer(invoke(sandbox, 1, "r-3")) == "x"


def test_sandboxes_work_side_by_side(make: Make) -> None:
    code = """
        import time

        def handler(event, context):
            time.sleep(1)
            return event
        """
    sandboxes = [make(code) for _ in range(4)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(Sandbox.start, sandboxes))
        began = time.monotonic()
        results = list(pool.map(invoke, sandboxes, range(4)))
    assert [answer(result) for result in results] == [0, 1, 2, 3]
    assert time.monotonic() - began < 3


def test_a_function_sees_no_variable_of_the_shell_it_was_started_from(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    sandbox = make(
        """
        import os

        def handler(event, context):
            return os.environ.get("AWS_PROFILE")
        """
    )
    sandbox.start()
    assert answer(invoke(sandbox)) is None
