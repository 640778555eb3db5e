"""How results look: rich tables and marked sentences on a terminal, TSV when piped, JSON lines when asked."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from healthnews.dataset.exports import json_line, tab_separated

if TYPE_CHECKING:
    from healthnews.claims.wording import Lang
    from healthnews.pipeline.comparison import Comparison

_SCOPES = {
    "zh": {"same": "范围相同", "overlapping": "范围重叠", "unknown": "范围未注明", "different": "范围不同"},
    "en": {"same": "same scope", "overlapping": "scopes overlap", "unknown": "scope not said", "different": "scopes differ"},
}
_ORIGINS = {"zh": {"body": "正文", "title": "标题", "snippet": "摘要"}, "en": {"body": "body", "title": "title", "snippet": "snippet"}}
_STATUS_STYLE = {"flagged": "bold red", "accepted": "bold red", "possible": "yellow", "scope_difference": "blue"}
_LABEL_STYLE = {"contradict": "bold red", "scoped_difference": "bold blue", "compatible": "bold green", "unrelated": "bold"}
_SIDES = (("a", "red"), ("b", "cyan"))
_EXPLAINED = {"zh": ("读出的陈述", "逐对比较"), "en": ("Claims read", "Pair by pair")}
_NO_CLAIMS = {"zh": "两句中都没有读出陈述。", "en": "No claim was read in either sentence."}
_CLAIMS_A_TABLE = 4
"""Claims that stand side by side: more would not leave a column wide enough for Chinese words on 80 cells."""
MAX_DRAWN_CHARS = 600
"""Of a longer text only what lies around the marked words is drawn."""
# What a page holds is not what a terminal should obey: controls (ESC among them) and marks that turn the direction of writing.
_UNPRINTABLE = dict.fromkeys(
    (*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd"
)
_UNPRINTABLE |= dict.fromkeys((0x09, 0x0D, 0x2028, 0x2029), " ")
del _UNPRINTABLE[0x0A]


class Output:
    """Where a command prints: results to stdout in the form asked for, everything else to stderr."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.is_terminal = sys.stdout.isatty() and not as_json
        self._out = Console(file=sys.stdout, highlight=False)
        self._err = Console(file=sys.stderr, highlight=False, stderr=True)

    @property
    def width(self) -> int:
        """Cells of a line on stdout."""
        return self._out.width

    def note(self, message: str) -> None:
        """Tell something on stderr, unless --quiet."""
        if not self.quiet:
            self._err.print(escape(_printable(message)), soft_wrap=True)

    def problem(self, message: str) -> None:
        """Tell what went wrong on stderr, whatever --quiet says."""
        self._err.print(Text(_printable(message)), soft_wrap=True)

    def objects(self, values: Iterable[Mapping[str, Any]]) -> None:
        """Print JSON lines."""
        for value in values:
            sys.stdout.write(json_line(value) + "\n")

    def table(self, header: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None) -> None:
        """Print a table: JSON lines, a drawn table on a terminal, TSV when piped."""
        if self.as_json:
            self.objects(dict(zip(header, row, strict=True)) for row in rows)
        elif self.is_terminal:
            drawn = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
            for name in header:
                drawn.add_column(name, no_wrap=name.endswith("_id"), overflow="fold")  # an id that is cut off cannot be copied
            for row in rows:
                drawn.add_row(*("" if v is None else escape(_printable(str(v))) for v in row))
            self._out.print(drawn)
        else:
            for line in tab_separated(header, rows):
                sys.stdout.write(line + "\n")

    def say(self, lines: Iterable[str]) -> None:
        """Print lines of a report to stdout; those that begin with `# ` are headings."""
        for line in lines:
            if line.startswith("# "):
                self.heading(line.removeprefix("# "))
            else:
                self._out.print(Text(_printable(line)), soft_wrap=True)

    def draw(self, lines: Iterable[Text]) -> None:
        """Print lines that are marked already, fit to print."""
        for line in lines:
            self._out.print(line, soft_wrap=True)

    def heading(self, text: str) -> None:
        """Print the heading of a part of a report."""
        self._out.print(Text(text, "bold"), soft_wrap=True)

    def contradiction(self, number: int, found: Mapping[str, Any], lang: Lang = "zh") -> None:
        """Draw one contradiction: both sentences with the clashing words marked, scope, source, explanation."""
        from healthnews.pipeline.comparison import cue_in_sentence, reason_of_object

        style = _STATUS_STYLE.get(found["status"], "bold")
        head = Text.assemble((found["topic"], style), f"  {found['type']}  ", (f"{found['score']:.2f}", "bold"))
        head.append(f"  {_SCOPES[lang].get(found['scope'], found['scope'])}  {found['contradiction_id']}", "dim")
        if found["status"] != "flagged":
            head.append(f"  {found['status']}", style)
        drawn = _grid()
        drawn.add_row(Text(str(number), "dim"), head)
        for name, colour in _SIDES:
            side = found[name]
            drawn.add_row(Text(name.upper(), f"bold {colour}"), _marked(side["sentence"], [cue_in_sentence(side)], colour))
            source = (_ORIGINS[lang].get(side["origin"]), side["title"], side["url"] or side["article_id"])
            drawn.add_row("", Text(_one_line(" · ".join(filter(None, source))), "dim"))
        drawn.add_row("", Text(_one_line(reason_of_object(found))))
        self._out.print(drawn)
        self._out.print()

    def comparison(self, comparison: Comparison, *, explain: bool = False) -> None:
        """Draw a verdict: both sentences with the words that carry the claims marked, the reason; with `explain` all that was read."""
        from healthnews.pipeline.comparison import reason_of

        verdict = comparison.verdict
        drawn = _grid()
        mark = "" if comparison.id is None else _one_line(str(comparison.id))
        drawn.add_row(Text(mark, "dim"), Text(verdict.heading, _LABEL_STYLE[verdict.label]))
        claims = ((verdict.decided_by[0],), (verdict.decided_by[1],)) if verdict.decided_by else (verdict.a_claims, verdict.b_claims)
        for (name, colour), sentence, carrying in zip(_SIDES, (comparison.a, comparison.b), claims, strict=True):
            cues = [(claim.cue_start, claim.cue_end) for claim in carrying]
            drawn.add_row(Text(name.upper(), f"bold {colour}"), _marked(sentence.text, cues, colour))
            day = sentence.published_at.date().isoformat() if sentence.published_at else None
            if source := " · ".join(words for words in (sentence.source_title, day) if words):
                drawn.add_row("", Text(_one_line(source), "dim"))
        drawn.add_row("", Text(_one_line(reason_of(verdict))))
        self._out.print(drawn)
        if explain:
            self._reading(comparison)
        self._out.print()

    def _reading(self, comparison: Comparison) -> None:
        """Draw the claims that were read, side by side, and why each pair of them clashed or did not."""
        from healthnews.pipeline.comparison import claim_words, column_name, named_claims, pair_reasons

        verdict = comparison.verdict
        lang = verdict.lang
        claims = [(name, claim_words(claim, lang)) for name, claim in named_claims(verdict).items()]
        self._out.print()
        if not claims:
            self._out.print(Text(_NO_CLAIMS[lang], "dim"))
            return
        claims_title, pairs_title = _EXPLAINED[lang]
        for first in range(0, len(claims), _CLAIMS_A_TABLE):
            shown = claims[first : first + _CLAIMS_A_TABLE]
            table = Table(title=claims_title if first == 0 else None, title_justify="left", title_style="bold", box=None, pad_edge=False)
            table.add_column("", style="dim", no_wrap=True)
            for name, _ in shown:
                table.add_column(name, header_style="bold red" if name.startswith("A") else "bold cyan", overflow="fold")
            for code in shown[0][1]:
                values = [words[code] for _, words in shown]
                if any(values) and code != "sentence":
                    table.add_row(column_name(code, lang), *(Text(_one_line(value)) for value in values))
            self._out.print(table)
            self._out.print()
        reasons = _grid(title=pairs_title)
        for reason in pair_reasons(verdict):
            style = _LABEL_STYLE.get(reason.label, "dim")
            known = f"{reason.label} {reason.score:.2f}  " if reason.score is not None else ""
            reasons.add_row(Text(f"{reason.a} × {reason.b}", "bold"), Text.assemble((known, style), _one_line(reason.why)))
        if reasons.row_count:
            self._out.print(reasons)


def _grid(title: str | None = None) -> Table:
    """A label and its text on each row, the text with a hanging indent: Chinese has no spaces at which a long line could break."""
    drawn = Table.grid(padding=(0, 1))
    drawn.title, drawn.title_style, drawn.title_justify = title, "bold", "left"
    drawn.add_column(justify="right", no_wrap=True)
    drawn.add_column(overflow="fold")
    return drawn


def _printable(text: str) -> str:
    """Text of the same length that a terminal prints and does not obey; line breaks stay."""
    return text.translate(_UNPRINTABLE)


def _one_line(text: str) -> str:
    """The same on one line."""
    return _printable(text).replace("\n", " ")


def _marked(sentence: str, cues: Sequence[tuple[int, int]], colour: str) -> Text:
    """A text on one line, the words at the cues underlined; of a very long one what lies around the first of them."""
    first = max(min(cues)[0], 0) if cues else 0
    start = 0 if len(sentence) <= MAX_DRAWN_CHARS else max(0, min(first - MAX_DRAWN_CHARS // 2, len(sentence) - MAX_DRAWN_CHARS))
    end = min(len(sentence), start + MAX_DRAWN_CHARS)
    text = Text(_one_line(sentence[start:end]))
    for cue_start, cue_end in cues:
        text.stylize(f"bold underline {colour}", max(cue_start - start, 0), max(min(cue_end, end) - start, 0))
    return Text.assemble(("…" if start > 0 else "", "dim"), text, ("…" if end < len(sentence) else "", "dim"))
