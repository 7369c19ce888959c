"""How numbers are written in sentences and tables."""


def p_value(p: float) -> str:
    """A p as it is written: never as zero."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def amount(value: float, like: float | None = None) -> str:
    """A number with as many digits as it, or the number it is `like`, is worth."""
    size = abs(value if like is None else like)
    digits = 0 if size >= 1_000 else 1 if size >= 20 else 3
    return f"{value:,.{digits}f}"
