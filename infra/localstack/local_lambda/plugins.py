"""What LocalStack finds by this package's entry points; light, for every start imports it."""

from typing import Any

from localstack.runtime import hooks
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """Chosen with `LAMBDA_RUNTIME_EXECUTOR=process`."""

    name = "process"

    def load(self, *_args: Any, **_kwargs: Any) -> type:
        """The executor's class."""
        from local_lambda.executor import ProcessExecutor

        return ProcessExecutor


@hooks.on_infra_start()  # type: ignore[untyped-decorator]
def several_batches_at_once() -> None:
    """Before the first event source mapping there is."""
    from local_lambda import event_sources

    event_sources.install()
