"""How sure to be of a reading, and whether another engine is worth asking. Nothing here loads a library."""
