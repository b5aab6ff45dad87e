"""Remove the markup of HTML, LaTeX and Markdown from a text."""

from __future__ import annotations

import html
import re

__all__ = ["without_markup"]

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_INLINE_TAGS = "sub|sup|i|b|em|strong|span|font|u|small|a|code|var|abbr|cite|mark|html|body|head|meta|link|tbody|thead"
_BLOCK_TAGS = "p|br|div|tr|table|li|ul|ol|h[1-6]|title|section|article|pre|blockquote|hr"
_DROPPED = re.compile(r"<(style|script)\b[^<>]{0,200}>[^<]{0,20000}</\1\s?>|<!--[^<>]{0,2000}-->", re.IGNORECASE)
_CELL = re.compile(r"</?t[dh](?: [^<>]{0,200})?/?>", re.IGNORECASE)
_BLOCK = re.compile(rf"</?(?:{_BLOCK_TAGS})(?:\s[^<>]{{0,200}})?/?>", re.IGNORECASE)
_INLINE = re.compile(rf"</?(?:{_INLINE_TAGS})(?:\s[^<>]{{0,200}})?/?>", re.IGNORECASE)

_TEX_MARK = re.compile(
    r"\\(?:text|math|up)?(?:delta|it|bf|rm|super|sub|greek|endash|sf|up|sc)|\\(?:emph|ensuremath|text|c[efh]|SI|qty|num|"
    r"mbox|begin|times|sim|approx|NMR|par|quad|degree)(?![a-z])"
    r"|\\(?:data|val)\{|\\[,;%(]|\$[^$\n]{1,80}\$|\d ?-{2,3} ?\d"
)
_RANGE_DASH = re.compile(r"(?<=[\d}$])([ ~]?)-{2,3}([ ~]?)(?=[\d{$])")
_NUCLEUS_BRACES = re.compile(r"(?<=[BCFNP])\\?\{\s?\$?\^?\{?\s?(1)\s?\}?\$?\s?H\s?\\?\}")
_TEX_SYMBOLS = {
    **dict.fromkeys(("delta", "textdelta", "updelta", "textgreek{d}"), "δ"),
    "alpha": "α", "beta": "β", "gamma": "γ", "nu": "ν",
    "times": "×", "approx": "~", "sim": "~", "pm": "±", "cdot": "·", "equiv": "≡", "prime": "'", "degree": "°",
    "circ": "°", "textdegree": "°", "celsius": "°C", "textendash": "-", "textemdash": "-", "mega": "M", "hertz": "Hz",
    "MHz": "MHz", "quad": " ", "par": "\n", "newline": "\n", "textquotesingle": "'",
}  # fmt: skip
_TEX_SYMBOL = re.compile(r"\\(textgreek\{d\}|[A-Za-z]{1,20})")
_TEX_QUANTITY = re.compile(r"\\(?:SI|qty)\s?\{([^{}]{1,40})\}\s?\{([^{}]{1,60})\}")
_TEX_RANGE = re.compile(
    r"\\(?:SIrange|qtyrange|numrange)\s?\{([^{}]{1,40})\}\s?\{([^{}]{1,40})\}(?:\s?\{[^{}]{1,40}\})?"
)
_TEX_SCRIPT = re.compile(r"[_^]\s?(?:\{([^{}]{0,80})\}|(?=[\w+-]))")
_TEX_GROUP = re.compile(r"\{([^{}]{0,400})\}")
_TEX_ESCAPE = re.compile(r"\\([%&#_$])")
_TEX_SPACE = re.compile(r"\\[,;:! ]|(?<!\d)~|~(?!\d)")
_TEX_CELL = re.compile(r"(?<!\\)[ ]?&[ ]?")
_TEX_FRAME = re.compile(
    r"\\(?:begin|end)\s?\{(?:[a-z]*tabular[a-z]?\*?|longtable|tabu|array|table\*?|center)\}(?:\[[^\]\n]{0,20}\])?(?:\{[^\n]{0,80}\}(?=\s*$))?"
    r"|\\c(?:line|midrule)(?:\([lr]{1,2}\))?\{[\d-]{1,9}\}",
    re.MULTILINE,
)
"""Beginning and end of a table, with its columns, and rules over some columns."""
_TEX_NMR = re.compile(
    r"\\(?:NMR|data)\*?\s?\{\s?(\d{1,3})\s?,\s?([A-Z][a-z]?)\s?\}(?:\(([\d.]{1,7})(?:,[^()]{0,20})?\))?(?:\[([^\[\]]{0,60})\])?"
)
"""Heading of the LaTeX package chemmacros: ``\\NMR{1,H}(400)[CDCl3]``."""
_TEX_COUPLING = re.compile(r"\\J(?:\([^()]{0,30}\))?(?:\[[^\[\]]{0,20}\])?\{([^{}]{1,60})\}")
_TEX_COUNT = re.compile(r"\\#\{\s?(\d{1,3})\s?\}")
_TEX_MATH = re.compile(r"\\[()\[\]]")
_TEX_COMMENT = re.compile(r"^%[^\n]*$", re.MULTILINE)
_MAX_NESTING = 4

_EMPHASIS = re.compile(r"(?<![\w*])\*{1,3}([^\s*](?:[^*\n]{0,60}[^\s*])?)\*{1,3}(?![\w*])|(?<!\w)_(J)_(?!\w)")
_PANDOC_SCRIPT = re.compile(r"\^(\d{1,2})\^(?=[A-Z])|(?<=[A-Za-z)])~(\d{1,2})~")


def without_markup(text: str) -> str:
    """Replace entities, tags and commands by what they show; the words of a plain text stay.

    Cells of an HTML table are separated by tabs, its rows by line breaks.

    >>> without_markup("<sup>1</sup>H NMR &delta; 7.50&ndash;7.43")
    '1H NMR δ 7.50–7.43'
    >>> without_markup(r"$^{13}$C NMR (CDCl$_3$) $\\delta$ 14.4, 7.50--7.43")
    '13C NMR (CDCl3) δ 14.4, 7.50-7.43'
    """
    for _ in range(2):  # &amp;delta;
        if "&" in text:
            text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if "<" in text:
        text = _DROPPED.sub(" ", text)
        text = _CELL.sub(lambda match: "\t" if match[0].startswith("</") else "", text)
        text = _INLINE.sub("", _BLOCK.sub("\n", text))
    if ("\\" in text or "$" in text or "--" in text) and _TEX_MARK.search(text):
        text = _without_tex(text)
    if "*" in text or "_" in text:
        text = _EMPHASIS.sub(lambda match: match[1] or match[2], text)
    if "^" in text or "~" in text:
        text = _PANDOC_SCRIPT.sub(lambda match: match[1] or match[2], text)
    return text


def _without_tex(text: str) -> str:
    text = _RANGE_DASH.sub(r"\1-\2", text)
    if "\\" not in text and "$" not in text:
        return text
    text = _TEX_COMMENT.sub("", text)
    if any("&" in line and "\\\\" in line for line in text.split("\n")):
        # Rows of a table: cells between &, and a double backslash at the end.
        text = _TEX_CELL.sub("\t", _TEX_FRAME.sub("", text))
    text = _TEX_NMR.sub(lambda m: f"{m[1]}{m[2]} NMR ({m[3] or ''} MHz, {m[4] or ''}) δ", text)
    text = _TEX_COUPLING.sub(lambda match: f"J = {match[1].replace(';', ',')} Hz", _TEX_COUNT.sub(r"\1H", text))
    text = _NUCLEUS_BRACES.sub("\x01\\1H\x02", text)
    text = text.replace("\\{", "\x01").replace("\\}", "\x02").replace("\\\\", "\n")
    text = _TEX_MATH.sub("", text)
    text = _TEX_RANGE.sub(r"\1-\2", _TEX_QUANTITY.sub(r"\1 \2", text))
    text = _TEX_SPACE.sub(" ", _TEX_ESCAPE.sub(r"\1", text))
    text = _TEX_SYMBOL.sub(lambda match: _TEX_SYMBOLS.get(match[1], ""), text)
    for _ in range(_MAX_NESTING):
        text = _TEX_GROUP.sub(r"\1", _TEX_SCRIPT.sub(lambda match: match[1] or "", text))
    text = text.replace("$", "").replace("\x01", "{").replace("\x02", "}")
    return _RANGE_DASH.sub(r"\1-\2", text)
