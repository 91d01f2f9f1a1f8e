"""The style sheet of a report. It has a light and a dark scheme, and marks that are visible without colours."""

STYLE = """
:root { color-scheme: light dark; --line: #8884; --lost: #c0262640; --added: #1a7f3740; --elsewhere: #b8860040 }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 }
main { max-width: 1500px; margin: auto; padding: 1rem }
h2 { margin: 2.5rem 0 .5rem; overflow-wrap: anywhere }
h3 { margin: 1rem 0 .25rem }
table { border-collapse: collapse; display: block; overflow-x: auto; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left }
.beside { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; align-items: start }
.beside > div { min-width: 0 }
@media (max-width: 900px) { .beside { grid-template-columns: 1fr } }
img { width: 100%; border: 1px solid var(--line) }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.6 ui-monospace, monospace; margin: 0 }
del { background: var(--lost) }
ins { background: var(--added); text-decoration: none; border-bottom: 2px solid }
.elsewhere { background: var(--elsewhere) }
"""
