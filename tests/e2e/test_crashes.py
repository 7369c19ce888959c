"""A sender is killed in mid-run and messages come twice, in a deployed world."""

import random
from pathlib import Path

from loadtests import proof

from recado.model import Lane

from .conftest import DeployedWorld

RECIPIENTS = 2_000


def test_nobody_is_lost_and_nobody_is_written_to_twice_when_a_sender_is_killed(
    world: DeployedWorld, tmp_path: Path
) -> None:
    trouble = proof.Trouble(
        world.local, proof.Memory(world.local), Lane.MARKETING, random.Random(1)
    )
    file = proof.audience(RECIPIENTS, tmp_path)
    campaign_id = proof.launch(world.api, Lane.MARKETING, file)
    standing = proof.follow(world.api, campaign_id, trouble, kills=1, limit=180)
    ledger = world.ledger(campaign_id)
    assert proof.judge(standing, ledger, trouble, RECIPIENTS) == []
    assert trouble.killed == 1
    assert trouble.redelivered > 0
    assert ledger["duplicates"] == 0
