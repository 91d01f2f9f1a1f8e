"""What every function is wrapped in: HTTP, bus, storage, database, sandbox. No function's own business is here."""
