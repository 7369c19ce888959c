"""Makes LocalStack 4.14.0 heed `MaximumConcurrency` of an SQS event source.

Its own hook for pollers (`localstack.hooks.lambda_create_event_source_poller`) is asked only about
sources that the community edition does not know, so this wraps the method that makes the worker of
a mapping. A mapping without `ScalingConfig`, and one of a FIFO queue, whose order it would break,
stay one batch at a time.
"""

from collections.abc import Callable
from functools import wraps

from localstack.services.lambda_.event_source_mapping.esm_worker import EsmWorker
from localstack.services.lambda_.event_source_mapping.esm_worker_factory import EsmWorkerFactory
from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller

from local_lambda.batches import Batches

_Make = Callable[[EsmWorkerFactory], EsmWorker]


def install() -> None:
    """From now on, mappings that are created or changed run as many batches as they may."""
    EsmWorkerFactory.get_esm_worker = _with_batches(EsmWorkerFactory.get_esm_worker)


def _with_batches(make: _Make) -> _Make:
    @wraps(make)
    def made(factory: EsmWorkerFactory) -> EsmWorker:
        worker = make(factory)
        limit = factory.esm_config.get("ScalingConfig", {}).get("MaximumConcurrency", 1)
        poller = worker.poller
        if limit > 1 and isinstance(poller, SqsPoller) and not poller.source_arn.endswith(".fifo"):
            worker.poller = Batches(poller, limit)
        return worker

    return made
