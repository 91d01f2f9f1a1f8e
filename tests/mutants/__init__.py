"""Whether the tests would notice: lines of the twin are made wrong one by one, and a test has to fail each time."""
