"""Lambda functions as local processes, for LocalStack in host mode (no Docker).

`runtime_api` is the Lambda Runtime API that AWS's own client `awslambdaric` speaks, `sandbox` one
execution environment behind it, and `executor` what LocalStack 4.14.0 asks of a runtime executor.
`batches` lets a queue's event source run several batches at once; `event_sources` puts it in.
Only `executor`, `event_sources` and `plugins` know LocalStack; the rest needs nothing but the
standard library.
"""
