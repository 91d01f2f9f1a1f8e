"""What `pagebus doctor` looks at: a module per group, each check a plain function that returns findings."""
