"""The commands of `recado`, one module a topic."""
