"""How faults travel: as HTTP status codes, and as gRPC's codes, which Thrift uses too.

Sources: RFC 9110 (413, 426), RFC 6585 (429); grpc/grpc doc/statuscodes.md.
"""

from typing import NamedTuple

from assistant.domain.ports import (
    BadInput,
    ModelFault,
    Overloaded,
    TooLarge,
    TooLate,
    Unreachable,
    WrongVersion,
)


class Codes(NamedTuple):
    """A fault on the wire."""

    http: int
    grpc: int


CODES: dict[type[ModelFault], Codes] = {
    BadInput: Codes(400, 3),
    TooLarge: Codes(413, 11),
    Overloaded: Codes(429, 8),
    TooLate: Codes(504, 4),
    Unreachable: Codes(503, 14),
    WrongVersion: Codes(426, 9),
}
_BY_HTTP = {codes.http: fault for fault, codes in CODES.items()}
_BY_GRPC = {codes.grpc: fault for fault, codes in CODES.items()}


def codes_of(fault: ModelFault) -> Codes:
    """The codes a fault travels as."""
    return next(codes for kind, codes in CODES.items() if isinstance(fault, kind))


def from_http(status: int, message: str) -> ModelFault:
    """The fault an HTTP status stands for; one that is not ours means the service is broken."""
    return _BY_HTTP.get(status, Unreachable)(message)


def from_grpc(code: int, message: str) -> ModelFault:
    """The fault a gRPC or Thrift code stands for."""
    return _BY_GRPC.get(code, Unreachable)(message)
