"""From Kafka to HTTP and back: KafkaSources, KafkaSinks, PingSources."""
