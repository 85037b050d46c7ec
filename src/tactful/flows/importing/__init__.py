"""Bringing in what a company has already: files of orders, customers and events, as history."""

from tactful.flows.importing.mapping import Kind, Mapping, parse_mapping, read_mapping
from tactful.flows.importing.running import ImportReport, Progress, import_file

__all__ = ["ImportReport", "Kind", "Mapping", "Progress", "import_file", "parse_mapping", "read_mapping"]
