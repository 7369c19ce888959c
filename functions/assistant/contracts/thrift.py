"""The Thrift contract, read from `models.thrift`."""

from functools import cache
from pathlib import Path
from typing import Any

import thriftpy2

_CONTRACT = Path(__file__).with_name("models.thrift")


@cache
def contract() -> Any:
    """A module with the contract's structures and services; read once."""
    return thriftpy2.load(str(_CONTRACT), module_name="recado_models_thrift")
