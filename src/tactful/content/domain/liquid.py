"""Liquid with limits: a template can neither run for ever nor fill the memory, nor let markup in through a value.

Values are escaped for HTML, and the filters that switch this off are taken away, because names and products
come from outside. A message may have 300 kB (Gmail cuts it off at 102).
"""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import wraps
from io import StringIO
from typing import Any

from liquid import BoundTemplate, Environment, RenderContext, Token
from liquid.exceptions import LiquidError, OutputStreamLimitError
from liquid.output import LimitedStringIO
from liquid.undefined import UNDEFINED

from tactful.content.domain.pieces import Pieces, take_out
from tactful.content.domain.values import InvalidTemplate, RenderingFailed

LONGEST_OUTPUT = 300_000  # characters
_LONGEST_TEMPLATE = 400_000  # characters
_LONGEST_REPLACED = 1_000_000  # characters, at worst
_LONGEST_RANGE = 10_000
# `safe` and `escape_once` let markup through; the tags would read other templates or have no use in a message.
_REFUSED_FILTERS = ("safe", "escape_once")
_REFUSED_TAGS = ("include", "render", "tablerow")
_BLOCKS = frozenset({"if", "unless", "for", "case", "capture"})
_STEERS = re.compile(r"\{%-?\s*(\w+)")


class _Context(RenderContext):
    """Finds values in plain dicts at once; whatever is not that simple goes the library's slower way."""

    __slots__ = ()

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        try:
            value = self.scope[path[0]]  # type: ignore[index]  # any hashable will do
            for word in path[1:]:
                if type(value) is not dict:
                    return super().get(path, token=token, default=default)
                value = value[word]
        except (KeyError, TypeError):
            return super().get(path, token=token, default=default)
        return value


class _Buffer(LimitedStringIO):
    """Keeps pieces and counts characters, where the library copies every piece twice to count its bytes."""

    def __init__(self) -> None:
        super().__init__(LONGEST_OUTPUT)
        self._pieces: list[str] = []

    def write(self, text: str) -> int:
        length = len(text)
        self.size += length
        if self.size > self.limit:
            raise OutputStreamLimitError("output stream limit reached", token=None)
        self._pieces.append(text)
        return length

    def getvalue(self) -> str:
        return "".join(self._pieces)


class _Template(BoundTemplate):
    context_class = _Context

    def _get_buffer(self) -> StringIO:
        return _Buffer()


class _Limited(Environment):
    template_class = _Template
    output_stream_limit = LONGEST_OUTPUT
    loop_iteration_limit = 2_000
    local_namespace_limit = 100_000
    context_depth_limit = 20
    block_nesting_limit = 20


def _environment(*, escaping: bool) -> Environment:
    environment = _Limited(autoescape=escaping)
    for name in _REFUSED_FILTERS:
        del environment.filters[name]
    for name in _REFUSED_TAGS:
        del environment.tags[name]
    environment.filters = {name: _bounded(name, call) for name, call in environment.filters.items()}
    return environment


def _bounded(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, refusing what the library's own limits see only when it is too late."""

    @wraps(original)
    def bounded(*given: Any, **named: Any) -> Any:
        if isinstance(given[0], range) and len(given[0]) > _LONGEST_RANGE:
            raise LiquidError(f"{name} of more than {_LONGEST_RANGE} numbers", token=None)
        if name == "replace" and len(given) == 3 and _replaced_length(*given) > _LONGEST_REPLACED:
            raise LiquidError("replace would make a text of more than a million characters", token=None)
        return original(*given, **named)

    return bounded


def _replaced_length(text: object, old: object, new: object) -> int:
    return len(str(text)) // max(len(str(old)), 1) * len(str(new))


_FOR_HTML = _environment(escaping=True)
_FOR_TEXT = _environment(escaping=False)


def for_html(source: str) -> BoundTemplate:
    """The template with values escaped. Raises InvalidTemplate."""
    return _parsed(_FOR_HTML, source)


def for_text(source: str) -> BoundTemplate:
    """The template with values as they are: for subjects and plain text. Raises InvalidTemplate."""
    return _parsed(_FOR_TEXT, source)


def _parsed(environment: Environment, source: str) -> BoundTemplate:
    if len(source) > _LONGEST_TEMPLATE:
        raise InvalidTemplate([f"longer than {_LONGEST_TEMPLATE} characters"])
    try:
        return environment.from_string(source)
    except LiquidError as error:
        raise InvalidTemplate([_told(error)]) from None


def fill(template: BoundTemplate, variables: Mapping[str, object]) -> str:
    """The text for these variables; an unset one is empty. Raises RenderingFailed at a limit or a wrong value."""
    try:
        return template.render(variables)
    except (LiquidError, ArithmeticError, ValueError, TypeError, RecursionError) as error:
        raise RenderingFailed(_told(error)) from None


def _told(error: Exception) -> str:
    """The error's first line, without the library's drawing of the place."""
    words = str(error).strip().splitlines() or [type(error).__name__]
    place = words[1].strip().removeprefix("->").strip() if len(words) > 1 else ""
    return f"Liquid: {words[0]}" + (f" (in {place[:120]})" if place else "")


def check(source: str) -> None:
    """Raises InvalidTemplate, with the line, for what does not parse and for filters that do not exist."""
    if unclosed := _unclosed(source):
        raise InvalidTemplate(unclosed)
    try:
        used = _FOR_TEXT.from_string(source).analyze().filters
    except LiquidError as error:
        place = error.token.start_index if error.token else None
        before = f"line {_line(source, place)}: " if place is not None else ""
        raise InvalidTemplate([f"{before}{_told(error)}"]) from None
    unknown = sorted(set(used) - set(_FOR_TEXT.filters))
    if unknown:
        raise InvalidTemplate(
            [
                f"line {_line(source, used[name][0].index)}: Liquid: there is no filter {name!r}{_near(name)}"
                for name in unknown
            ]
        )


def _unclosed(source: str) -> list[str]:
    """Tags that steer and are not closed, or close what is not open."""
    opened: list[tuple[str, int]] = []
    for found in _STEERS.finditer(source):
        tag, line = found[1], _line(source, found.start())
        if tag in _BLOCKS:
            opened.append((tag, line))
        elif tag.startswith("end") and tag[3:] in _BLOCKS:
            if not opened or opened[-1][0] != tag[3:]:
                due = f"; {{% {opened[-1][0]} %}} of line {opened[-1][1]} must be closed first" if opened else ""
                return [f"line {line}: Liquid: {{% {tag} %}} closes nothing{due}"]
            opened.pop()
    return [f"line {line}: Liquid: {{% {tag} %}} is not closed: it needs {{% end{tag} %}}" for tag, line in opened]


def _line(source: str, place: int) -> int:
    return source.count("\n", 0, max(place, 0)) + 1


def _near(name: str) -> str:
    found = get_close_matches(name, _FOR_TEXT.filters, n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def fold(source: str, name: str, values: Mapping[str, str], *, escaping: bool) -> str:
    """The source with `{{ name.… }}` printed already: what is the same for everybody need not be printed each time.

    Left as it is where the template gives the name another meaning, or where a value looks like Liquid itself.
    """
    if re.search(rf"(?:assign|capture|for|crement)\s+{name}\b", source):
        return source
    known = {name: dict(values)}
    parse = for_html if escaping else for_text
    hidden, pieces = take_out(source)
    folded = []
    for piece in pieces.liquid:
        template = parse(piece) if piece.startswith("{{") else None
        printed = fill(template, known) if template and set(template.analyze().globals) == {name} else "{"
        folded.append(piece if "{" in printed else printed)
    return Pieces(pieces.mark, tuple(folded)).restore(hidden)


def variables_of(*sources: str) -> tuple[str, ...]:
    """The variables that the sources take from outside, as dotted paths, sorted. Raises InvalidTemplate."""
    found: set[str] = set()
    for source in sources:
        for places in for_text(source).analyze().globals.values():
            found.update(_path(place.segments) for place in places)
    return tuple(sorted(found))


def _path(segments: list[Any]) -> str:
    words = []
    for segment in segments:
        if not isinstance(segment, str):
            break  # an index or a variable key: what comes after depends on the data
        words.append(segment)
    return ".".join(words)


def unset(paths: tuple[str, ...], variables: Mapping[str, object]) -> tuple[str, ...]:
    """Those of the paths that have no value here: the report beside a preview."""
    return tuple(path for path in paths if _value(path, variables) in (None, ""))


def _value(path: str, variables: Mapping[str, object]) -> object:
    value: object = variables
    for word in path.split("."):
        value = value.get(word) if isinstance(value, Mapping) else getattr(value, word, None)
    return value
