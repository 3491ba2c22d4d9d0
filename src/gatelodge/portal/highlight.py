"""Colours for code samples, as HTML with class names: strings, comments, options, variables."""

import re

from markupsafe import Markup, escape

_TOKENS = {
    "cURL": re.compile(
        r"(?P<string>\"(?:\\.|[^\"\\])*\"|'[^']*')"
        r"|(?P<variable>\$\w+)"
        r"|(?P<word>(?<![\w/.-])(?:curl|echo|openssl|printf|tr|base64)(?![\w-]))"
        r"|(?P<option>(?<=\s)--?[A-Za-z][\w-]*)"
    ),
    "Python": re.compile(
        r"(?P<string>[fb]?\"(?:\\.|[^\"\\])*\")"
        r"|(?P<word>\b(?:import|from|print|await|def|return|True|False|None)\b)"
    ),
    "JavaScript": re.compile(
        r"(?P<string>\"(?:\\.|[^\"\\])*\"|`[^`]*`)"
        r"|(?P<word>\b(?:const|await|import|from|new|return|true|false|null)\b)"
    ),
    "JSON": re.compile(
        r"(?P<option>\"(?:\\.|[^\"\\])*\"(?=\s*:))"
        r"|(?P<string>\"(?:\\.|[^\"\\])*\")"
        r"|(?P<word>\b(?:true|false|null|-?\d+(?:\.\d+)?)\b)"
    ),
}


def highlight(code: str, language: str) -> Markup:
    """Return ``code`` as safe HTML; an unknown language is left uncoloured."""
    tokens = _TOKENS.get(language)
    if tokens is None:
        return escape(code)
    parts = []
    end = 0
    for found in tokens.finditer(code):
        parts.append(escape(code[end : found.start()]))
        parts.append(Markup('<span class="c-{}">{}</span>').format(found.lastgroup, found[0]))
        end = found.end()
    parts.append(escape(code[end:]))
    return Markup("").join(parts)
