"""The functions, a folder for each, and four shared folders: `runtime`, `reading`, `documents` and `engine`."""
