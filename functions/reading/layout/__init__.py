"""From lines with places to reading order: columns, rows, blocks. Pure, and without any library."""
