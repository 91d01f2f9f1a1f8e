"""From judged pages to an engine's table."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from functions.engine.routing.calibration import Calibration, Curve, Weight
from tests.accuracy.readings import Page

#: Of the signals there are, those that foretold best on documents left out, and no more than so few pages bear.
AFTER = ("sure", "unread")
BEFORE = ("rules", "text_height", "contrast", "noise")
#: Inverse strength of the penalty on weights.
_FREEDOM = 1.0
#: Looks are to foretell at least this share better than the mean does, else they are no reason for anything.
_BETTER = 0.9


def table(engine: str, engines: Iterable[str], learnt: Sequence[Page]) -> Calibration:
    """What these pages teach of the engine, and of the others after it has read."""
    others = {other: curve(learnt, engine, other, AFTER) for other in engines if other != engine}
    version = learnt[0].read[engine].reading.engine_version
    documents = len({page.sample.document for page in learnt})
    made = f"{len(learnt)} pages of {documents} German and English documents, read by {engine} {version}"
    sight = curve(learnt, engine, engine, BEFORE) if _tells(learnt, engine) else None
    return Calibration(made_from=made, read=curve(learnt, engine, engine, AFTER), at_sight=sight, others=others)


def curve(learnt: Sequence[Page], signalling: str, read_by: str, names: Sequence[str]) -> Curve:
    """From one engine's signals to the share that an engine gets right. Documents count alike, not pages."""
    seen = [page for page in learnt if page.signals(signalling)]
    values = np.array([[page.signals(signalling)[name] for name in names] for page in seen])
    wrong = np.array([page.wrong(read_by) for page in seen])
    counts = Counter(page.sample.document for page in seen)
    shares = np.array([1 / counts[page.sample.document] for page in seen])
    means, deviations = values.mean(axis=0), values.std(axis=0) + 1e-6
    scaled = (values - means) / deviations
    outcomes = np.r_[np.ones(len(seen)), np.zeros(len(seen))]
    fitted = LogisticRegression(C=_FREEDOM).fit(
        np.vstack([scaled, scaled]), outcomes, sample_weight=np.r_[(1 - wrong) * shares, wrong * shares]
    )
    lowest, highest = values.min(axis=0), values.max(axis=0)
    columns = zip(names, fitted.coef_[0], means, deviations, lowest, highest, strict=True)
    weights = {name: _weight(*(float(x) for x in numbers)) for name, *numbers in columns}
    return Curve(intercept=round(float(fitted.intercept_[0]), 4), weights=weights)


def _weight(weight: float, mean: float, deviation: float, least: float, most: float) -> Weight:
    rounded = (round(x, 6) for x in (weight, mean, deviation, least, most))
    return Weight(**dict(zip(Weight.model_fields, rounded, strict=True)))


def left_out(pages: Sequence[Page], document: str) -> list[Page]:
    """All pages but those of one document."""
    return [page for page in pages if page.sample.document != document]


def _tells(learnt: Sequence[Page], engine: str) -> bool:
    """Whether looks foretell what is read, judged on documents that were left out."""
    misses, spread = [], []
    for document in {page.sample.document for page in learnt}:
        known = left_out(learnt, document)
        fitted = curve(known, engine, engine, BEFORE)
        mean = float(np.mean([1 - page.wrong(engine) for page in known]))
        for page in learnt:
            if page.sample.document == document and (expected := fitted.expected(page.signals(engine))) is not None:
                right = 1 - page.wrong(engine)
                misses.append(abs(right - expected))
                spread.append(abs(right - mean))
    return sum(misses) < _BETTER * sum(spread)
