"""Monitoring's table; `recado.figures.board` has the key formats, as everybody reads it."""
