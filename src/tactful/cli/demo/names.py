"""Names and places of the demo's people. Invented combinations; the domain `example.com` reaches nobody."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    country: str
    language: str
    zone: str
    cities: tuple[str, ...]
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]
    calling_code: str
    weight: float


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PLACES = (
    Place(
        "DE",
        "de",
        "Europe/Berlin",
        ("Berlin", "Hamburg", "Köln", "Leipzig", "München", "Freiburg"),
        _words(
            "Anna Lena Marie Hannah Sophie Laura Julia Katrin Heike Ute Jonas Lukas Felix Paul Max Tobias Stefan"
        ),
        _words(
            "Müller Schmidt Schneider Fischer Weber Becker Hoffmann Schäfer Koch Richter Wolf Neumann Braun Vogel"
        ),
        "+4915",
        0.5,
    ),
    Place(
        "GB",
        "en",
        "Europe/London",
        ("London", "Leeds", "Bristol", "Glasgow", "York"),
        _words("Olivia Emily Grace Alice Ruth Hazel Jack Harry Oliver George Arthur Simon Peter Nigel"),
        _words("Smith Jones Taylor Brown Wilson Evans Walker Wright Hughes Green Hall Wood"),
        "+4474",
        0.2,
    ),
    Place(
        "FR",
        "fr",
        "Europe/Paris",
        ("Paris", "Lyon", "Nantes", "Lille"),
        _words("Camille Léa Manon Chloé Inès Sylvie Hugo Louis Jules Antoine Olivier Benoît"),
        _words("Martin Bernard Dubois Petit Durand Leroy Moreau Simon Laurent Garnier"),
        "+336",
        0.15,
    ),
    Place(
        "US",
        "en",
        "America/New_York",
        ("New York", "Boston", "Philadelphia"),
        _words("Emma Ava Mia Sarah Linda Nora Noah Liam James David Carlos Kevin"),
        _words("Johnson Williams Davis Garcia Miller Anderson Thomas Lee Clark Lewis"),
        "+1212555",
        0.1,
    ),
    Place(
        "JP",
        "ja",
        "Asia/Tokyo",
        ("Tokyo", "Kyoto"),
        _words("Yui Sakura Hina Aoi Haruto Ren Sota Kenji"),
        _words("Sato Suzuki Takahashi Tanaka Ito Yamamoto"),
        "+8190",
        0.05,
    ),
)

# What people's browsers say of themselves; a phone twice as often as a desk.
AGENTS: tuple[str, ...] = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"
    " Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile"
    " Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0"
    " Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6"
    " Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile"
    " Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4"
    " Safari/605.1.15",
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5"
    " Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
)
