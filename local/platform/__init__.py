"""What the functions talk to on one machine: a broker, an S3 server and a database, each a process of its own."""
