"""The mail services, as data: what each must be told, and what it can take with a message.

The short names are those under which their webhooks come in. SES goes by Amazon's own library, the others by HTTP.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tactful.kernel.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of a vendor. `choices` by value, the first one when nothing is said; else free text."""

    name: str
    label: str
    secret: bool = False
    required: bool = True
    choices: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Vendor:
    """A mail service. `backend` is anymail's module.

    `tracks`: it counts opens and clicks itself unless told not to. `keeps_id`: it leaves our Message-ID as it is.
    `bears`: how our key travels, "metadata" or "tags".
    """

    title: str
    backend: str
    options: tuple[Option, ...]
    tracks: bool = True
    keeps_id: bool = False
    bears: str = "metadata"


_KEY = Option("api_key", "API key", secret=True)
_REGIONS = {
    "eu-central-1": "Frankfurt",
    "eu-west-1": "Ireland",
    "eu-west-2": "London",
    "eu-west-3": "Paris",
    "eu-north-1": "Stockholm",
    "us-east-1": "North Virginia",
    "us-east-2": "Ohio",
    "us-west-2": "Oregon",
    "ca-central-1": "Canada",
    "ap-south-1": "Mumbai",
    "ap-southeast-1": "Singapore",
    "ap-southeast-2": "Sydney",
    "ap-northeast-1": "Tokyo",
    "sa-east-1": "São Paulo",
}

VENDORS: Mapping[str, Vendor] = {
    "amazon-ses": Vendor(
        "Amazon SES",
        "amazon_ses",
        (
            Option("access_key_id", "Access key ID"),
            Option("secret_access_key", "Secret access key", secret=True),
            Option("region", "Region", choices=_REGIONS),
            Option("configuration_set_name", "Configuration set", required=False),
        ),
        tracks=False,
    ),
    "brevo": Vendor("Brevo", "brevo", (_KEY,), tracks=False),
    "mailersend": Vendor(
        "MailerSend", "mailersend", (Option("api_token", "API token", secret=True),), bears="tags"
    ),
    "mailgun": Vendor(
        "Mailgun",
        "mailgun",
        (
            _KEY,
            Option("sender_domain", "Sending domain", required=False),
            Option(
                "api_url",
                "Region",
                choices={"https://api.eu.mailgun.net/v3": "Europe", "https://api.mailgun.net/v3": "United States"},
            ),
        ),
        keeps_id=True,
    ),
    "mailjet": Vendor(
        "Mailjet", "mailjet", (Option("api_key", "API key"), Option("secret_key", "Secret key", secret=True))
    ),
    "postmark": Vendor(
        "Postmark",
        "postmark",
        (
            Option("server_token", "Server token", secret=True),
            Option("message_stream", "Message stream", required=False),
        ),
    ),
    "resend": Vendor("Resend", "resend", (_KEY,), tracks=False),
    "sparkpost": Vendor(
        "SparkPost",
        "sparkpost",
        (
            _KEY,
            Option(
                "api_url",
                "Region",
                choices={
                    "https://api.eu.sparkpost.com/api/v1": "Europe",
                    "https://api.sparkpost.com/api/v1": "United States",
                },
            ),
        ),
    ),
}


def checked(vendor: str, options: Mapping[str, str]) -> dict[str, str]:
    """The settings that this vendor knows, trimmed. Raises InvalidInput for what is missing or not to be chosen."""
    known = VENDORS[vendor]
    found: dict[str, str] = {}
    for option in known.options:
        value = options.get(option.name, "").strip()
        if option.choices and value not in option.choices:
            if value:
                raise InvalidInput(f"{option.label}: choose one of {', '.join(option.choices.values())}")
            value = next(iter(option.choices))
        if option.required and not value:
            raise InvalidInput(f"{known.title} needs its {option.label}")
        if value and not (value.isascii() and value.isprintable()):
            raise InvalidInput(f"{option.label}: copy it again; there are characters in it that cannot be")
        if value:
            found[option.name] = value
    return found
