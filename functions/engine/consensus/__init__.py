"""Two engines' readings of one page, made into one: aligned word by word, voted on, disagreements told."""
