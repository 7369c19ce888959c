"""What all tests share."""

from hypothesis import settings

settings.register_profile("recado", deadline=None)
settings.load_profile("recado")
"""A slow machine is no failing test."""
