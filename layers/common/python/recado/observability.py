"""The one source of logs, metrics and traces.

Logs are JSON and carry ids, never a name, an address or a message's text (LGPD). Where TRACING is
`on` (on AWS), X-Ray gets a subsegment for every call to an AWS service; elsewhere its SDK is not
even imported, which saves a fifth of a cold start.
"""

import os

from aws_lambda_powertools import Logger, Metrics

_service = os.environ.get("POWERTOOLS_SERVICE_NAME", "recado")

logger = Logger(service=_service)
metrics = Metrics(namespace="Recado", service=_service)

if os.environ.get("TRACING") == "on":
    from aws_lambda_powertools import Tracer

    Tracer(service=_service, auto_patch=True, patch_modules=("botocore",))
