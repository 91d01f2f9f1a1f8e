"""Documents of all supported formats behind one interface.

Parsers run only in the sandbox. `model` and `media_types` do not parse documents and can be imported anywhere.
"""
