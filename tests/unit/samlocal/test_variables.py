"""Variables for containers: the same as deployed, with addresses that lead out of a container."""

from operations.ports import Ports
from samlocal.variables import for_containers

HERE, THERE = Ports(41000, 41001), Ports(4566, 4579)


def told_again(value: str) -> str:
    return for_containers({"Sender": {"X": value}}, HERE, THERE)["Sender"]["X"]


def test_addresses_of_the_world_lead_out_of_the_container() -> None:
    assert told_again("http://127.0.0.1:41000/0/plan") == "http://recado.world:4566/0/plan"
    assert told_again("http://127.0.0.1:41001") == "http://recado.world:4579"


def test_other_values_stay_as_they_are() -> None:
    for value in ("recado-central", "41000", "http://127.0.0.1:9/x", "http://elsewhere:41000", ""):
        assert told_again(value) == value
