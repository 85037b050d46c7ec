"""A journey tried on the base's own past: the same machine, decisions and guards, on a virtual clock."""

from tactful.flows.backtest.question import Asked, Standing, definition_of, moment_of
from tactful.flows.backtest.report import Report
from tactful.flows.backtest.running import LIVING, READING, Progress, backtest

__all__ = ["LIVING", "READING", "Asked", "Progress", "Report", "Standing", "backtest", "definition_of", "moment_of"]
