"""Pages for people who follow a link, as HTML: complete in themselves, no scripts, a strict policy.

A service that has some keeps its templates and `style.css` in its package's `html`.
"""

import base64
import hashlib
from functools import cached_property
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


class Pages:
    """The pages of one package."""

    def __init__(self, package: str) -> None:
        self._package = package

    @cached_property
    def headers(self) -> dict[str, str]:
        """What every page is sent with: nothing is loaded, framed, kept or told to others."""
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        return {
            "Cache-Control": "no-store",
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self';"
                " base-uri 'none'; frame-ancestors 'none'"
            ),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex",
        }

    def render(self, template: str, **values: Any) -> str:
        """A page from a template, which finds the style under `style`."""
        found = self._environment.get_template(f"{template}.html")
        return found.render(style=self._style, **values)

    @cached_property
    def _environment(self) -> Environment:
        return Environment(
            loader=PackageLoader(self._package, "html"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
        )

    @cached_property
    def _style(self) -> str:
        return self._environment.get_template("style.css").render()
