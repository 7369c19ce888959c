"""What LocalStack finds by this package's entry points; light, for every start imports it."""

from typing import Any

from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """Chosen with `LAMBDA_RUNTIME_EXECUTOR=process`."""

    name = "process"

    def load(self, *_args: Any, **_kwargs: Any) -> type:
        """The executor's class."""
        from local_lambda.executor import ProcessExecutor

        return ProcessExecutor
