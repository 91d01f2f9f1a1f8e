"""A trial of two twins with shared consumer groups: twins start, stop and are killed, and no event may be lost."""
