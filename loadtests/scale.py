"""How fast Recado could be, on paper: a chunk's service time, and the limits that may bind first.

Throughput of n senders that each take s seconds for a chunk of 50 is 50 n / s (Little's law), until
something shared is full. All rates are e-mails a second.
"""

from dataclasses import dataclass
from math import ceil

CHUNK = 50
PARTITION_WRITES = 1_000
PARTITION_READS = 3_000
"""Units a second of one DynamoDB partition, and so of one item: "Best practices for designing and
using partition keys effectively", DynamoDB developer guide."""
QUEUE_IN_FLIGHT = 120_000
"""Messages of a standard queue in receivers' hands: "Amazon SQS message quotas"."""
MAPPING_CONCURRENCY = 1_000
"""The highest MaximumConcurrency of an SQS event source mapping: "Configuring scaling behavior for
SQS event source mappings", Lambda developer guide."""
RAMP_FIRST, RAMP_A_MINUTE = 5, 300
"""Concurrent batches an SQS mapping begins with, and how many it adds a minute: the same page."""


@dataclass(frozen=True)
class Service:
    """What one chunk asks for: seconds of waiting, seconds of processor, units of DynamoDB.

    `counts_writes` and `bucket_writes` are those to the campaign's COUNTS item and to the account's
    rate bucket; `transaction_s` is how long a transaction holds its items.
    """

    wait_s: float
    cpu_s: float
    item_bytes: int
    status_reads: float = 0.5
    counts_writes: float = 2.0
    bucket_writes: float = 2.0
    transaction_s: float = 0.010

    @property
    def chunk_writes(self) -> float:
        """Write units on the chunk's own item: claim, begin, and twice that in the transaction."""
        return 4.0 * ceil(self.item_bytes / 1_024)

    def seconds(self, vcpu: float = 1.0) -> float:
        """Service time of a chunk with so much of a processor."""
        return self.wait_s + self.cpu_s / vcpu


@dataclass(frozen=True)
class Limit:
    """Something that bounds a campaign's throughput, and what would move the bound."""

    name: str
    rate: float
    formula: str
    moves: str


def throughput(senders: int, service_s: float, bound: float = float("inf")) -> float:
    """E-mails a second of so many senders, at most `bound`."""
    return min(CHUNK * senders / service_s, bound)


def error(predicted: float, measured: float) -> float:
    """How far a prediction is off, as a part of what was measured."""
    return (predicted - measured) / measured


def ramp_minutes(senders: int) -> float:
    """How long Lambda takes to run so many senders of one queue."""
    return max(0.0, (senders - RAMP_FIRST) / RAMP_A_MINUTE)


def limits(
    service: Service,
    senders: int,
    *,
    vcpu: float,
    ses_quota: float,
    planner_rate: float,
    batch: int,
) -> list[Limit]:
    """Every limit of one campaign, the one that binds first on top."""
    return sorted(
        (
            Limit(
                f"Lambda: {min(senders, MAPPING_CONCURRENCY):,} senders at once",
                throughput(min(senders, MAPPING_CONCURRENCY), service.seconds(vcpu)),
                "50 n / s",
                "more concurrency (account quota; two queues a lane), more memory, fewer calls",
            ),
            Limit(
                "SES: sending quota",
                ses_quota,
                "the account's MaxSendRate",
                "a higher quota, asked of AWS",
            ),
            Limit(
                "planner: one page of 1,000 after another",
                planner_rate,
                "1,000 / seconds a page",
                "several planners, each with a range of pages",
            ),
            Limit(
                "DynamoDB: transactions on one COUNTS item",
                CHUNK / service.transaction_s,
                "50 / seconds a transaction holds the item",
                "counters in shards, or a plain update beside the chunk's own write",
            ),
            Limit(
                "DynamoDB: writes to one COUNTS item",
                CHUNK * PARTITION_WRITES / service.counts_writes,
                "50 x 1,000 / 2",
                "counters in shards",
            ),
            Limit(
                "DynamoDB: a campaign in one partition",
                CHUNK * PARTITION_WRITES / (service.chunk_writes + service.counts_writes),
                "50 x 1,000 / (4 x KB of a chunk + 2)",
                "DynamoDB splits it by itself when it stays hot; chunks under a key of their own",
            ),
            Limit(
                "DynamoDB: writes to the rate bucket",
                CHUNK * PARTITION_WRITES / service.bucket_writes,
                "50 x 1,000 / 2, while slots are free",
                "slots for several chunks at once",
            ),
            Limit(
                "DynamoDB: reads of one META item",
                CHUNK * PARTITION_READS / service.status_reads,
                "50 x 3,000 / reads a chunk",
                "a longer life of the cached status",
            ),
            Limit(
                "SQS: messages in flight",
                throughput(QUEUE_IN_FLIGHT // batch, service.seconds(vcpu)),
                "50 x 120,000 / (batch x s)",
                "a smaller batch; two queues a lane",
            ),
        ),
        key=lambda limit: limit.rate,
    )
