"""What engines have in common whose models run in torch: loading, sharing forward passes, and how sure a text is."""
