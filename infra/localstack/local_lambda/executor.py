"""What LocalStack 4.14.0 asks of a runtime executor, answered with local processes.

`LOCAL_LAMBDA_PYTHON` names the interpreter that runs the functions; its version is the one runtime
there is.
"""

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from localstack.aws.api.lambda_ import PackageType
from localstack.config import GATEWAY_LISTEN
from localstack.services.lambda_.invocation.executor_endpoint import NAMESPACE
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import (
    LambdaRuntimeException,
    RuntimeExecutor,
)

from local_lambda.runtime_api import HOST
from local_lambda.sandbox import Function, Sandbox

PYTHON = "LOCAL_LAMBDA_PYTHON"


class ProcessExecutor(RuntimeExecutor):
    """One execution environment of one function version."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002
        super().__init__(id, function_version)
        self._folder = Path(tempfile.gettempdir()) / "sandboxes" / id
        self._sandbox: Sandbox | None = None

    def start(self, env_vars: dict[str, str]) -> None:
        """Start the process; returns when the handler is imported, or could not be."""
        settings = self.function_version.config
        function = Function(
            python=_python(),
            handler=settings.handler,
            version=self.function_version.id.qualifier,
            memory_mb=settings.memory_size,
            timeout_s=settings.timeout,
            path=_path(self.function_version),
            variables={name: str(value) for name, value in env_vars.items()},
        )
        self._sandbox = Sandbox(function, self._folder)
        self._sandbox.start()

    def stop(self) -> None:
        """End the process and forget what it printed."""
        if self._sandbox is not None:
            self._sandbox.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Run the handler once."""
        if self._sandbox is None:
            raise LambdaRuntimeException(f"the execution environment {self.id} was never started")
        result = self._sandbox.invoke(
            payload["invoke-id"],
            payload["invoked-function-arn"],
            payload["trace-id"],
            payload["payload"].encode(),
        )
        return InvocationResult(
            request_id=payload["invoke-id"],
            payload=result.payload,
            is_error=result.is_error,
            logs=result.log,
        )

    def get_logs(self) -> str:
        """Everything the function ever printed here."""
        return self._sandbox.log() if self._sandbox is not None else ""

    def get_address(self) -> str:
        """Functions run on this machine."""
        return HOST

    def get_endpoint_from_executor(self) -> str:
        """LocalStack as a function reaches it."""
        return HOST

    def get_runtime_endpoint(self) -> str:
        """Where LocalStack's own runtime would call back; ours does not."""
        return f"http://{HOST}:{GATEWAY_LISTEN[0].port}{NAMESPACE}/{self.id}"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack the function's code and its layers.

        Raises:
            LambdaRuntimeException: the function is an image, or wants another runtime; LocalStack
                puts the function in the state Failed, with this reason.
        """
        settings = function_version.config
        if settings.package_type != PackageType.Zip:
            raise LambdaRuntimeException("functions from images need LocalStack with Docker")
        if settings.runtime != _runtime():
            raise LambdaRuntimeException(
                f"functions run with {_runtime()} here, not with {settings.runtime}"
            )
        settings.code.prepare_for_execution()
        for layer in settings.layers:
            layer.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, _function_version: FunctionVersion) -> None:
        """Leave the unpacked code, which the next version may share; it goes with the function."""

    @classmethod
    def validate_environment(cls) -> bool:
        """Whether there is an interpreter for the functions."""
        return Path(_python()).exists()


def _path(function_version: FunctionVersion) -> list[Path]:
    settings = function_version.config
    layers = [layer.code.get_unzipped_code_location() / "python" for layer in settings.layers]
    return [settings.code.get_unzipped_code_location(), *layers]


def _python() -> str:
    return os.environ[PYTHON]


@cache
def _runtime() -> str:
    asked = "import sys; print('python%d.%d' % sys.version_info[:2])"
    answer = subprocess.run(  # noqa: S603
        [_python(), "-c", asked], capture_output=True, text=True, check=True
    )
    return answer.stdout.strip()
