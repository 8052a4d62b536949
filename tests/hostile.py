"""Texts that harm whoever shows them without care: for names, titles, aliases, notes, addresses and files."""

from __future__ import annotations

#: Run as a script, or fetch something, where taken for markup or Markdown. Each sets ``window.hacked`` or asks a host
#: that the browser tests refuse.
MARKUP = (
    '<img src=x onerror="window.hacked=1">',
    '"><script>window.hacked=1</script>',
    "<svg/onload=window.hacked=1>",
    '<iframe srcdoc="<script>parent.window.hacked=1</script>"></iframe>',
    "![i](http://evil.example/x.png)",
    "[click](javascript:window.hacked=1)",
    "<a href=javascript:window.hacked=1>href</a>",
    "$$\\href{javascript:window.hacked=1}{x}$$",
    ":material/../x: :red[x] :streamlit:",
    "</style><style>*{display:none}</style>",
    "{{constructor.constructor('window.hacked=1')()}}",
)
#: Addresses that are no links to the web.
ADDRESSES = (
    "javascript:window.hacked=1",
    "JaVaScRiPt:window.hacked=1",
    " javascript:window.hacked=1",
    "java\tscript:window.hacked=1",
    "data:text/html,<script>window.hacked=1</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example/x",
)
#: Run by a spreadsheet.
FORMULAS = ("=1+1", '=HYPERLINK("http://evil.example")', "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1")
#: Change where text runs, or steer a terminal.
CONTROLS = ("abc\u202egnp.exe", "\x1b[31mred", "a\u0000b", "a\u200bb", "a\nb")
#: Names of files that leave their folder.
FILES = ("../../evil.csv", "..\\evil.csv", "/etc/passwd", "a\u0000.csv", "<img src=x onerror=1>.csv", "con.csv")
TEXTS = (*MARKUP, *ADDRESSES, *FORMULAS, *CONTROLS, *FILES)
