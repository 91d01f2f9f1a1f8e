"""One folder per function, and four with shared code: `runtime`, `reading`, `documents` and `engine`."""
