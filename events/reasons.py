"""Reason codes of documents and pages that end without text. They are part of the contract and are never renamed."""

from enum import StrEnum


class Rejection(StrEnum):
    """Reason why intake rejects a document."""

    EMPTY = "empty"
    NOT_FOUND = "not_found"
    OUTSIDE_TENANT_FOLDER = "outside_tenant_folder"
    BAD_OPTIONS = "bad_options"
    UNKNOWN_ENGINE = "unknown_engine"
    UNSUPPORTED_TYPE = "unsupported_type"
    DAMAGED_PDF = "damaged_pdf"
    DAMAGED_IMAGE = "damaged_image"
    PASSWORD_REQUIRED = "password_required"  # noqa: S105  # a reason code, not a password
    TOO_LARGE = "too_large"
    TOO_MANY_PAGES = "too_many_pages"
    IMAGE_TOO_LARGE = "image_too_large"
    TOOK_TOO_LONG = "took_too_long"
    TOO_MUCH_MEMORY = "too_much_memory"
    CRASHED = "crashed"


class PageFailure(StrEnum):
    """Reason why a page has no text."""

    DOCUMENT_GONE = "document_gone"
    DOCUMENT_CHANGED = "document_changed"
    DAMAGED_PAGE = "damaged_page"
    IMAGE_TOO_LARGE = "image_too_large"
    TOOK_TOO_LONG = "took_too_long"
    TOO_MUCH_MEMORY = "too_much_memory"
    CRASHED = "crashed"
    ENGINE_FAILED = "engine_failed"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    UNUSABLE_EVENT = "unusable_event"
    GAVE_UP = "gave_up"
    NO_ENGINE = "no_engine"


class DocumentFailure(StrEnum):
    """Reason why an accepted document ends without text."""

    NO_PAGE_RECOGNIZED = "no_page_recognized"
    DEADLINE_EXCEEDED = "deadline_exceeded"
