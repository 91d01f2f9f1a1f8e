"""From a request to a process that answers it: activator, autoscaler, replicas."""
