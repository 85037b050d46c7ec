"""What a mail server means by an answer: reply codes (RFC 5321), enhanced status codes (RFC 3463, the registry of
RFC 5248), and the words that big receivers use where their codes say less than they mean."""

import re
from enum import StrEnum


class Meaning(StrEnum):
    """What to do with the address, the message and the sender after a refusal."""

    GONE = "gone"  # the address does not exist, or takes no mail for good: never write there again
    SOFT = "soft"  # the address is real but cannot take mail now: full, disabled for a while, not reachable
    GREYLISTED = "greylisted"  # come back in some minutes
    RATE = "rate"  # too much too fast: slow down towards this receiver
    POLICY = "policy"  # the sender's fault: reputation, authentication, relaying; says nothing about the address
    CONTENT = "content"  # this message is not wanted in this form: spam filter, size, format
    UNKNOWN = "unknown"


_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([245]\d\d)(?=[ -])")

_WORDS: tuple[tuple[Meaning, re.Pattern[str]], ...] = tuple(
    (meaning, re.compile(words))
    for meaning, words in (
        (Meaning.GREYLISTED, r"gr[ea]y.?list"),
        (
            Meaning.GONE,
            r"(user|recipient|mailbox|account|address|alias)\S* (\S+ ){0,3}?"
            r"(unknown|not found|(does not|doesn't) exist|not exist|no longer (exist|active|in use|valid)"
            r"|is invalid)"
            r"|(unknown|no such|invalid|non-?existent|undeliverable) (local )?"
            r"(user|recipient|mailbox|address|account|person)"
            r"|(domain|host) (name )?(\S+ )?(not found|unknown|(does not|doesn't) exist)|null ?mx"
            r"|account \S*\s?(is |has been |was )?(disabled|deactivated|closed|deleted|terminated)",
        ),
        (Meaning.SOFT, r"(mailbox|inbox|quota|storage|over.?quota)\S* (\S+ ){0,3}?(full|exceeded)|over.?quota"),
        (
            Meaning.RATE,
            r"rate.?limit|too many (connections|messages|recipients|mails|emails|sessions)|unusual(ly high)? rate"
            r"|throttl|unexpected volume|sending (too )?(fast|quota)|exceed\S* (\S+ ){0,3}(rate|limit|quota)",
        ),
        (
            Meaning.POLICY,
            r"\b(spf|dkim|dmarc|arc)\b|block.?list|black.?list|spamhaus|spamcop|barracuda|\brbl\b|dnsbl|reputation"
            r"|relay(ing)? (access )?denied|not permitted to relay|authenticat|reverse dns|\bptr\b|"
            r"(client|ip|host)\b.{0,60}\b(blocked|banned|listed|rejected)",
        ),
        (Meaning.CONTENT, r"\bspam|unsolicited|virus|malware|phish|message (content|too large)|too big|attachment"),
    )
)

_STATUSES: dict[tuple[int, int], Meaning] = {
    # Subject and detail of a permanent failure; what is missing here goes by the subject alone.
    (1, 7): Meaning.POLICY,  # sender's address is malformed
    (1, 8): Meaning.POLICY,  # sender's domain does not exist
    (1, 9): Meaning.POLICY,
    (2, 1): Meaning.GONE,  # disabled
    (2, 2): Meaning.SOFT,  # full
    (2, 3): Meaning.CONTENT,  # too long for this mailbox
    (2, 4): Meaning.SOFT,  # a mailing list does not expand
    (3, 4): Meaning.CONTENT,  # too big for the system
    (4, 1): Meaning.GONE,  # as Microsoft answers for unknown recipients; else "no answer from host"
    (4, 4): Meaning.GONE,  # no such host
    (7, 17): Meaning.GONE,  # the mailbox has a new owner
    (7, 18): Meaning.GONE,  # the domain has a new owner
}
_SUBJECTS: dict[int, Meaning] = {
    1: Meaning.GONE,
    2: Meaning.SOFT,
    3: Meaning.SOFT,
    4: Meaning.SOFT,
    5: Meaning.POLICY,
    6: Meaning.CONTENT,
    7: Meaning.POLICY,
}
_AUTHENTICATION = range(20, 33)  # x.7.20 to x.7.32: DKIM, SPF, ARC, reverse DNS, and Google's beyond the registry
_GMAIL_RATE = 28  # 4.7.28: an unusual rate, not authentication
_CODES: dict[int, Meaning] = {
    452: Meaning.SOFT,
    521: Meaning.GONE,  # the host takes no mail
    535: Meaning.POLICY,
    550: Meaning.GONE,
    551: Meaning.GONE,
    552: Meaning.SOFT,
    553: Meaning.GONE,
    556: Meaning.GONE,  # the domain takes no mail
}
# Words that overrule a status: receivers send 5.7.1 and 5.5.0 for nearly everything, 4.7.x for greylisting too.
_VAGUE = {(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (7, 0), (7, 1)}


def meaning(status: str | None, code: int | None, text: str) -> Meaning:
    """What a refusal means. `status` is the enhanced status ("5.1.1") and `code` the reply code (550) where they
    are known; what is not given is looked for in `text`. A temporary refusal never means GONE."""
    words = text.lower()
    found = _STATUS.search(status or "") or _STATUS.search(text)
    number = code or _code_in(text)
    if found is None:
        return _by_code(number, words)
    kind, subject, detail = (int(part) for part in found.groups())
    if kind == 2:
        return Meaning.UNKNOWN
    if kind == 4:
        return _temporary(subject, detail, words)
    return _permanent(subject, detail, words)


def _permanent(subject: int, detail: int, words: str) -> Meaning:
    said = _by_words(words)
    if (subject, detail) in _VAGUE and said is not None:
        return said
    return _STATUSES.get((subject, detail)) or _SUBJECTS.get(subject) or said or Meaning.UNKNOWN


def _temporary(subject: int, detail: int, words: str) -> Meaning:
    if subject == 7 and detail in _AUTHENTICATION and detail != _GMAIL_RATE:
        return Meaning.POLICY
    said = _by_words(words)
    if said in (Meaning.GREYLISTED, Meaning.RATE, Meaning.POLICY):
        return said
    if subject == 7 or (subject, detail) == (5, 3):  # too many recipients
        return Meaning.RATE
    return Meaning.CONTENT if said is Meaning.CONTENT and subject in (0, 6) else Meaning.SOFT


def _by_code(code: int | None, words: str) -> Meaning:
    said = _by_words(words)
    if code is not None and 400 <= code < 500:
        return said if said is not None and said is not Meaning.GONE else Meaning.SOFT
    if code is not None and code < 400:
        return Meaning.UNKNOWN
    return said or _CODES.get(code or 0, Meaning.UNKNOWN)


def _by_words(words: str) -> Meaning | None:
    return next((meaning for meaning, pattern in _WORDS if pattern.search(words)), None)


def _code_in(text: str) -> int | None:
    found = _CODE.search(text)
    return int(found.group(1)) if found else None
