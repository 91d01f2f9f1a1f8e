"""Layout analysis: order lines by their positions, and find columns, rows and blocks. Pure Python without libraries."""
