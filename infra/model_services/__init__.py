"""The three model services: what understands speech, what answers, and what speaks.

Each is an engine behind a port of `assistant.domain.ports`, served over REST, gRPC or Thrift with
the same places, queue and deadlines: `python -m model_services --service stt --protocol grpc`.
"""
