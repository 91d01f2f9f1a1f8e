"""Assembly: write the output files of a document from the readings of its pages."""
