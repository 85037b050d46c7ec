"""Who fetched an image or followed a link, by what he says of himself: a person, a mail service, a program. Pure.

A mail service that fetches images when its reader looks stands for that reader. One that fetches them as soon as
the message arrives tells nothing: whether anybody looked cannot be known.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class By(StrEnum):
    """Who was there."""

    HUMAN = "human"
    PROXY = "proxy"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Agent:
    """`name` says which service or kind of program. `ahead`: it fetches whether or not anybody looks."""

    by: By
    name: str = ""
    ahead: bool = False


_PERSON = Agent(By.HUMAN)
_PROXIES = (
    (re.compile(r"GoogleImageProxy|ggpht\.com", re.IGNORECASE), Agent(By.PROXY, "Gmail")),
    (re.compile(r"YahooMailProxy|YahooCacheSystem|YahooImageProxy", re.IGNORECASE), Agent(By.PROXY, "Yahoo")),
    (re.compile(r"OutlookImageProxy|Outlook-Image-?Proxy", re.IGNORECASE), Agent(By.PROXY, "Outlook")),
    # Apple's servers say no more than this, for every message, as soon as it has arrived.
    (re.compile(r"Mozilla/5\.0"), Agent(By.PROXY, "Apple Mail Privacy Protection", ahead=True)),
)
# Gmail's own look at messages of unknown senders comes as a browser that nobody has used since 2015.
_GMAIL_AHEAD = "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
_MACHINES = re.compile(
    r"bot\b|crawl|spider|slurp|scanner|preview|facebookexternalhit|proofpoint|mimecast|barracuda|symantec|messagelabs"
    r"|safelinks|trendmicro|forcepoint|websense|fireeye|ironport|sophos|cloudmark|checkpoint|avanan|agari|zscaler"
    r"|virustotal|urlscan|python|curl/|wget|go-http-client|java/|okhttp|libwww|ruby|perl|headlesschrome|phantomjs"
    r"|puppeteer|playwright|httpclient|axios|node-fetch|undici|\bahc/|cloudfront|hubspot connect|ms web services",
    re.IGNORECASE,
)


def agent(text: str) -> Agent:
    """Who stands behind a User-Agent. A blank one is a program: every mail client and browser says who it is."""
    said = text.strip()
    if not said:
        return Agent(By.MACHINE, "says nothing of itself", ahead=True)
    for pattern, proxy in _PROXIES:
        if pattern.fullmatch(said) if proxy.ahead else pattern.search(said):
            return proxy
    if _GMAIL_AHEAD in said:
        return Agent(By.PROXY, "Gmail, before anybody looked", ahead=True)
    found = _MACHINES.search(said)
    return Agent(By.MACHINE, found[0].strip("/").lower(), ahead=True) if found else _PERSON
