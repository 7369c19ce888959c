"""What goes between the assistant and its model services, whatever the protocol.

`models.proto` and `models.thrift` are the contracts of gRPC and Thrift; `make contracts` writes the
code of the first anew, the second is read when it is first needed (`thrift`). REST is described
below and in docs/assistant-models.md. A change that an older side would misunderstand gets another
`VERSION`; every request carries it, and a service refuses any other.
"""

VERSION = 1
"""The version of all three contracts."""

CONTRACT = "x-recado-contract"
"""HTTP header and gRPC metadata: the caller's `VERSION`."""
DEADLINE_MS = "x-recado-deadline-ms"
"""HTTP header: milliseconds the caller still waits. gRPC and Thrift have a place of their own."""
LANGUAGE = "x-recado-language"
"""HTTP header of the raw arm: a BCP 47 tag, in requests and with a transcript."""
CONFIDENCE = "x-recado-confidence"
"""HTTP header of the raw arm: how sure a transcript is, 0 to 1; absent where unknown."""
FACTS = "x-recado-facts"
"""HTTP header of the raw arm: how many of the prompt's records are facts."""
SEPARATOR = "\x1e"
"""Between the records of a raw prompt: the question, its facts, then the history."""
STREAM = "x-recado-stream"
"""HTTP header: `1` asks for the answer piece by piece as it is made."""
