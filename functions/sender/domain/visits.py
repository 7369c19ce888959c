"""Who follows a link: the person, or a machine on the way to the person.

A machine's visit is counted apart and still gets its answer. The rules, and where they come from:

- HEAD, and requests that say they prefetch (`Sec-Purpose`: HTML standard; `Purpose`, `X-Purpose`,
  `X-Moz`: what browsers sent before it).
- Apple's Mail Privacy Protection loads every image through a proxy whose whole user agent is
  `Mozilla/5.0` (support.apple.com, "Use Mail Privacy Protection"; the agent as senders observe it).
- Gmail's proxy (`GoogleImageProxy`) loads when the mail is shown, so it counts as a person; its
  prefetch says `Edge/12.246 Mozilla/5.0`, which no browser ends with (as senders observe it).
- Names of security scanners, crawlers and HTTP libraries, and no user agent at all.
- A visit within ten seconds after the mail was handed to SES: filters follow every link of a mail
  before they deliver it, and nobody reads that fast.

What senders observe may change; opens are an estimate, clicks a better one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

QUICK_S = 10
_PREFETCH_HEADERS = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_PREFETCH = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)
_APPLE_PRIVACY = "Mozilla/5.0"
_MACHINES = re.compile(
    r"edge/12\.246 mozilla|barracuda|proofpoint|mimecast|safelinks|symantec|trend ?micro|sophos"
    r"|forcepoint|fireeye|trellix|cisco|ironport|messagelabs|bot\b|crawl|spider|preview|scan"
    r"|headless|phantomjs|python|curl/|wget/|go-http-client|java/|okhttp|httpclient|libwww|axios",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Visit:
    """A request for a link; `headers` have names in lower case, `at` is in seconds since 1970."""

    method: str
    headers: Mapping[str, str]
    at: int

    def is_machine(self, sent_at: int) -> bool:
        """Whether a machine made it, as far as one can tell."""
        agent = self.headers.get("user-agent", "").strip()
        return (
            self.method == "HEAD"
            or self.at - sent_at < QUICK_S
            or any(_PREFETCH.search(self.headers.get(name, "")) for name in _PREFETCH_HEADERS)
            or agent in {"", _APPLE_PRIVACY}
            or bool(_MACHINES.search(agent))
        )
