"""`python -m loadtests.peers.publish common CAMPAIGN`: recipients from standard input, as JSON."""

import importlib
import json
import sys

PER_TASK = 50


def main(peer: str, campaign: str) -> None:
    """Put every recipient on the peer's queue."""
    send = importlib.import_module(f"loadtests.peers.celery_{peer}").send
    people = [json.loads(line) for line in sys.stdin]
    if peer == "common":
        for person in people:
            send.delay(campaign, person)
    else:
        for start in range(0, len(people), PER_TASK):
            send.delay(campaign, people[start : start + PER_TASK])


if __name__ == "__main__":
    main(*sys.argv[1:])
