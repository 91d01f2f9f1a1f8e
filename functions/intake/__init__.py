"""Looks at an upload, names the document, counts its pages and plans a route for each."""
