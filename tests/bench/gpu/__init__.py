"""How fast the large engines are on a GPU, and what they do when its memory runs out: `python -m tests.bench.gpu`.

The models are as large as the published ones, of the same classes, and their weights are random: they tell how long a
page takes and how much memory, and nothing about what is read.
"""
