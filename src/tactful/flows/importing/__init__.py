"""Bringing in what a company has already: files of orders, customers and events, as history."""

from tactful.flows.importing.mapping import Kind, Mapping, parse_mapping, read_mapping
from tactful.flows.importing.running import READING, WORKING, ImportReport, Progress, import_file

__all__ = [
    "READING",
    "WORKING",
    "ImportReport",
    "Kind",
    "Mapping",
    "Progress",
    "import_file",
    "parse_mapping",
    "read_mapping",
]
