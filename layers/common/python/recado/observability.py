"""The one source of logs, metrics and traces.

Logs are JSON and carry ids, never a name, an address or a message's text (LGPD).
"""

import os

from aws_lambda_powertools import Logger, Metrics, Tracer

_service = os.environ.get("POWERTOOLS_SERVICE_NAME", "recado")

logger = Logger(service=_service)
metrics = Metrics(namespace="Recado", service=_service)
tracer = Tracer(service=_service, disabled=os.environ.get("TRACING", "off") != "on")
