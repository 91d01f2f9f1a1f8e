"""Documents of all supported formats behind one interface.

Parsers run only in the sandbox. The modules `model` and `media_types` have no parser, so any process can import them.
"""
