"""What an installation needs before its first event. Idempotent; run at every start."""

from datetime import datetime

from tactful.consent import topics
from tactful.content import services as content
from tactful.decisions import services as decisions
from tactful.experiments import services as experiments
from tactful.flows.tables import TABLES
from tactful.lake import services as lake
from tactful.segments import services as segments


def prepare(*, now: datetime) -> None:
    """Triggers of the lake, default topics, caps, quiet hours, texts and stages of the lifecycle."""
    lake.prepare(TABLES)
    topics.ensure()
    decisions.set_up(now=now)
    experiments.set_up(now=now)
    content.install_ready(now=now)
    segments.install_stages(now=now)
