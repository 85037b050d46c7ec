"""Programs that fetch links and images before a person could: their opens and clicks are not counted."""

import re

# Security scanners of mail gateways, preview makers, crawlers and plain HTTP libraries. Image proxies of mail
# services (Google's, Yahoo's) are left out: they fetch when the person looks.
_MACHINE = re.compile(
    r"bot\b|crawl|spider|slurp|scanner|preview|facebookexternalhit|proofpoint|mimecast|barracuda|symantec"
    r"|safelinks|trendmicro|forcepoint|fireeye|ironport|python|curl/|wget|go-http-client|java/|okhttp|libwww"
    r"|headlesschrome|phantomjs|httpclient|axios|node-fetch",
    re.IGNORECASE,
)


def is_machine(agent: str) -> bool:
    """Whether a User-Agent belongs to a program rather than to a person's mail client or browser.

    A blank one does: every mail client and browser says who it is.
    """
    return not agent.strip() or _MACHINE.search(agent) is not None
