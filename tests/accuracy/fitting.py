"""Fit an engine's calibration to its readings of a corpus."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from functions.engine.routing.calibration import Calibration, Curve, SignalWeight
from tests.accuracy.readings import EvaluatedPage

#: The signals with the best predictions in cross-validation by document. A small corpus does not support more of them.
AFTER_READING = ("sure", "unread")
BEFORE_READING = ("rules", "text_height", "contrast", "noise")
#: The inverse strength of the regularization of the weights.
_INVERSE_REGULARIZATION = 1.0
#: Measurements of a page must reduce the error of the mean at least to this share. Otherwise they are not used.
_MAX_ERROR_RATIO = 0.9


def fit_calibration(engine: str, engines: Iterable[str], pages: Sequence[EvaluatedPage]) -> Calibration:
    """Return the calibration of an engine, with a curve for each other engine after it."""
    others = {other: fit_curve(pages, engine, other, AFTER_READING) for other in engines if other != engine}
    version = pages[0].readings[engine].reading.engine_version
    documents = len({page.sample.document for page in pages})
    source = f"{len(pages)} pages of {documents} German and English documents, read by {engine} {version}"
    before = fit_curve(pages, engine, engine, BEFORE_READING) if _can_predict_before_reading(pages, engine) else None
    after = fit_curve(pages, engine, engine, AFTER_READING)
    return Calibration(source=source, after_reading=after, before_reading=before, other_engines=others)


def fit_curve(pages: Sequence[EvaluatedPage], signal_engine: str, reading_engine: str, names: Sequence[str]) -> Curve:
    """Return the curve from signals of one engine to the share of correct characters of one engine.

    All documents have the same weight, regardless of their number of pages.
    """
    used = [page for page in pages if page.get_signals(signal_engine)]
    values = np.array([[page.get_signals(signal_engine)[name] for name in names] for page in used])
    errors = np.array([page.get_error_rate(reading_engine) for page in used])
    counts = Counter(page.sample.document for page in used)
    document_weights = np.array([1 / counts[page.sample.document] for page in used])
    means, deviations = values.mean(axis=0), values.std(axis=0) + 1e-6
    scaled = (values - means) / deviations
    # Each page counts as a correct and as a wrong outcome, weighted by its shares of correct and wrong characters.
    outcomes = np.r_[np.ones(len(used)), np.zeros(len(used))]
    fitted = LogisticRegression(C=_INVERSE_REGULARIZATION).fit(
        np.vstack([scaled, scaled]),
        outcomes,
        sample_weight=np.r_[(1 - errors) * document_weights, errors * document_weights],
    )
    minimum, maximum = values.min(axis=0), values.max(axis=0)
    columns = zip(names, fitted.coef_[0], means, deviations, minimum, maximum, strict=True)
    weights = {name: _build_weight(*(float(number) for number in numbers)) for name, *numbers in columns}
    return Curve(intercept=round(float(fitted.intercept_[0]), 4), weights=weights)


def exclude_document(pages: Sequence[EvaluatedPage], document: str) -> list[EvaluatedPage]:
    """Return all pages except those of one document."""
    return [page for page in pages if page.sample.document != document]


def _build_weight(weight: float, mean: float, deviation: float, minimum: float, maximum: float) -> SignalWeight:
    rounded = (round(number, 6) for number in (weight, mean, deviation, minimum, maximum))
    return SignalWeight(**dict(zip(SignalWeight.model_fields, rounded, strict=True)))


def _can_predict_before_reading(pages: Sequence[EvaluatedPage], engine: str) -> bool:
    """Return whether page measurements predict the accuracy, by cross-validation over documents."""
    errors, mean_errors = [], []
    for document in {page.sample.document for page in pages}:
        training = exclude_document(pages, document)
        curve = fit_curve(training, engine, engine, BEFORE_READING)
        mean = float(np.mean([1 - page.get_error_rate(engine) for page in training]))
        for page in pages:
            if page.sample.document == document and (expected := curve.predict(page.get_signals(engine))) is not None:
                accuracy = 1 - page.get_error_rate(engine)
                errors.append(abs(accuracy - expected))
                mean_errors.append(abs(accuracy - mean))
    return sum(errors) < _MAX_ERROR_RATIO * sum(mean_errors)
