"""Dead letters back to their queues.

Message by message and not with SQS's own move task, which cannot choose one, takes no message that
was sent there by a function instead of by SQS's redrive policy, and is not in every world. A
message is sent before it is deleted: a crash between the two leaves it twice, which every consumer
of the suite passes over, and never lost.
"""

from typing import Any

from operations.errors import Trouble
from operations.world import World

AT_ONCE = 10
HIDDEN_S = 120
"""How long dead letters that were looked at and left stay hidden from the next look."""


def queues(world: World) -> dict[str, str]:
    """The physical names of all queues that have dead letters, by what they are called here."""
    outputs = world.outputs()
    return {
        name.removesuffix("Name"): physical
        for name, physical in sorted(outputs.items())
        if name.endswith("Name") and f"{name.removesuffix('Name')}DeadUrl" in outputs
    }


def redrive(world: World, queue: str, message_id: str | None = None) -> int:
    """Move a queue's dead letters, or one of them, back; returns how many.

    Raises:
        Trouble: there is no such queue, or no such dead letter.
    """
    known = queues(world)
    if queue not in known:
        raise Trouble(f"there is no queue {queue}", f"give one of: {', '.join(known)}", code=2)
    outputs, sqs = world.outputs(), world.client("sqs")
    moved = _move(sqs, outputs[f"{queue}DeadUrl"], outputs[f"{queue}Url"], message_id)
    if message_id and not moved:
        raise Trouble(f"{queue} has no dead letter {message_id}", "recado health", code=2)
    return moved


def _move(sqs: Any, source: str, target: str, message_id: str | None) -> int:
    """Each message once: what is put back fails again no sooner than a worker has tried it."""
    waiting = _number(sqs, source)
    moved, left = 0, list[dict[str, Any]]()
    while moved + len(left) < waiting:
        answer = sqs.receive_message(
            QueueUrl=source,
            MaxNumberOfMessages=AT_ONCE,
            VisibilityTimeout=HIDDEN_S,
            MessageAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if not messages:
            break
        for message in messages:
            if message_id in {None, message["MessageId"]}:
                sqs.send_message(QueueUrl=target, MessageBody=message["Body"])
                sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
                moved += 1
            else:
                left.append(message)
        if message_id and moved:
            break
    for message in left:
        sqs.change_message_visibility(
            QueueUrl=source, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
    return moved


def _number(sqs: Any, url: str) -> int:
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])
