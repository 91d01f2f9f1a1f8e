"""Which of what looks like a tag is one: the model writes `<` as it stands on the page, and never `&lt;`."""

import re

#: HTML's elements, its old ones for text, and Surya's own for formulas.
_NAMES = (
    "a abbr address area article aside audio b base bdi bdo big blockquote body br button canvas caption "
    "center chem cite code col colgroup data datalist dd del details dfn dialog div dl dt em embed "
    "fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe "
    "img input ins kbd label legend li link main map mark math menu meta meter nav noscript object ol "
    "optgroup option output p picture pre progress q rp rt ruby s samp script search section select slot "
    "small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th "
    "thead time title tr track tt u ul var video wbr "
)
_TAGS = frozenset(_NAMES.split())
#: Longer names are none of a tag, and a model that repeats `<a` for ever writes one that has no end.
_LONGEST = max(map(len, _TAGS))
#: Where a parser takes what follows for a tag, a declaration or an instruction. Its name is all up to here.
_OPENING = re.compile(rf"<(?=[!?]|/?([A-Za-z][^\s/>]{{0,{_LONGEST}}}))")


def printed(html: str) -> str:
    """With `&lt;` before what is no tag of HTML, as in `<box>` or `<info@example.org>`: a parser would drop it."""
    return _OPENING.sub(lambda found: "<" if (found[1] or "").lower() in _TAGS else "&lt;", html)
