"""One execution environment: a process that runs one function, one invocation at a time."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from threading import Thread

from local_lambda.runtime_api import (
    Answered,
    Ended,
    Event,
    InitFailed,
    Invocation,
    Ready,
    RuntimeApi,
)

_INHERITED = ("HOME", "LANG", "LC_ALL", "PATH")
"""All that a function sees of the shell LocalStack was started from."""
_INIT_S = 60.0
"""How long an import may take; AWS gives 10 s, but a laptop may be starting ten at once."""


@dataclass(frozen=True)
class Function:
    """What is run: `path` has the code first, then the layers; `timeout_s` is AWS's time limit."""

    python: str
    handler: str
    version: str
    memory_mb: int
    timeout_s: float
    path: Sequence[Path]
    variables: Mapping[str, str]


@dataclass(frozen=True)
class Result:
    """What an invocation gave: JSON, whether it is an error, and what was printed meanwhile."""

    payload: bytes
    is_error: bool
    log: str


class Sandbox:
    """A function's process and what it said; a process that died is replaced at the next call.

    What it prints goes to a file in `folder`, so that all of it is there when the answer is.
    """

    def __init__(self, function: Function, folder: Path) -> None:
        self._function = function
        self._folder = folder
        self._log = folder / "log"
        self._told = 0
        self._run: _Run | None = None
        self._failure: bytes | None = None

    def start(self) -> None:
        """Start the process and wait until it has imported the handler.

        A failure is kept and is the result of the next invocation, as on AWS.
        """
        (self._folder / "tmp").mkdir(parents=True, exist_ok=True)
        self._run = _Run(self._function, self._folder, self._log)
        try:
            event = self._run.api.events.get(timeout=_INIT_S)
        except Empty:
            self._fail(_problem("Sandbox.Timedout", f"Init timed out after {_INIT_S:.0f} seconds"))
            return
        match event:
            case InitFailed(payload):
                self._fail(payload)
            case Ended(status):
                self._fail(_exited("", status))

    def invoke(self, request_id: str, function_arn: str, trace_id: str, payload: bytes) -> Result:
        """Run the handler once; a process that hangs or dies gives an error, not an exception."""
        if self._run is not None and not self._run.is_alive:
            self._discard()
        if self._run is None and self._failure is None:
            self.start()
        began = time.monotonic()
        if self._failure is not None:
            answer = Answered(request_id, self._failure, is_error=True)
            self._failure = None
        elif self._run is None:
            raise RuntimeError("a sandbox has either a process or the reason why it has none")
        else:
            deadline_ms = int((time.time() + self._function.timeout_s) * 1000)
            invocation = Invocation(request_id, function_arn, deadline_ms, trace_id, payload)
            answer = self._wait(self._run, invocation, began + self._function.timeout_s)
        log = self._report(request_id, time.monotonic() - began)
        return Result(answer.payload, answer.is_error, log)

    def stop(self) -> None:
        """End the process; an invocation that still runs ends with it."""
        run = self._run
        if run is not None:
            run.kill()
            run.api.close()

    def log(self) -> str:
        """Everything the function ever printed here."""
        if not self._log.exists():
            return ""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _wait(self, run: "_Run", invocation: Invocation, until: float) -> Answered:
        run.api.hand_over(invocation)
        request_id = invocation.request_id
        while True:
            try:
                event: Event = run.api.events.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                self._discard()
                return Answered(request_id, self._timed_out(request_id), is_error=True)
            match event:
                case Answered() if event.request_id == request_id:
                    return event
                case Ended(status):
                    self._discard()
                    return Answered(request_id, _exited(request_id, status), is_error=True)
                case Ready() | Answered() | InitFailed():
                    continue

    def _fail(self, payload: bytes) -> None:
        self._failure = payload
        self._discard()

    def _discard(self) -> None:
        self.stop()
        self._run = None

    def _timed_out(self, request_id: str) -> bytes:
        said = f"Task timed out after {self._function.timeout_s:.2f} seconds"
        return _problem("Sandbox.Timedout", f"RequestId: {request_id} Error: {said}")

    def _report(self, request_id: str, seconds: float) -> str:
        with self._log.open("rb") as printed:
            printed.seek(self._told)
            said = printed.read()
        self._told += len(said)
        text = said.decode("utf-8", errors="replace")
        ended = "" if not text or text.endswith("\n") else "\n"
        milliseconds = seconds * 1000
        return (
            f"START RequestId: {request_id} Version: {self._function.version}\n{text}{ended}"
            f"END RequestId: {request_id}\n"
            f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\t"
            f"Billed Duration: {int(milliseconds) + 1} ms\t"
            f"Memory Size: {self._function.memory_mb} MB\n"
        )


class _Run:
    """One process of the function, and the Runtime API it was told of."""

    def __init__(self, function: Function, folder: Path, log: Path) -> None:
        self.api = RuntimeApi()
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        own = {
            "AWS_LAMBDA_RUNTIME_API": self.api.address,
            "LAMBDA_TASK_ROOT": str(function.path[0]),
            "PYTHONPATH": os.pathsep.join(str(part) for part in function.path),
            "TMPDIR": str(folder / "tmp"),
        }
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603
                [function.python, "-m", "awslambdaric", function.handler],
                env=inherited | dict(function.variables) | own,
                cwd=function.path[0],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        Thread(target=self._watch, name="lambda-process", daemon=True).start()

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.wait()

    def _watch(self) -> None:
        self.api.events.put(Ended(self._process.wait()))


def _exited(request_id: str, status: int) -> bytes:
    how = f"signal: {signal.strsignal(-status)}" if status < 0 else f"exit status {status}"
    said = (
        f"Runtime exited with error: {how}"
        if status
        else "Runtime exited without providing a reason"
    )
    return _problem("Runtime.ExitError", f"RequestId: {request_id} Error: {said}")


def _problem(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()
