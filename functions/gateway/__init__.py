"""HTTP for people, and for stores that cannot speak Kafka."""
