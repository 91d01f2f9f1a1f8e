"""The command `pagebus eval`: read a folder whose texts are known, and measure the errors."""
