"""Where the platform is: what every function, and every client of a user, needs to know of it."""

from dataclasses import dataclass

UPLOADS_BUCKET = "pagebus-uploads"
RESULTS_BUCKET = "pagebus-results"


@dataclass(frozen=True)
class Endpoints:
    kafka: str
    s3: str
    s3_access_key: str
    s3_secret_key: str
    s3_region: str
    database: str

    def environment(self) -> dict[str, str]:
        """The settings that all functions share, under the names that Kafka, AWS and PostgreSQL clients know too."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka,
            "AWS_ENDPOINT_URL": self.s3,
            "AWS_ACCESS_KEY_ID": self.s3_access_key,
            "AWS_SECRET_ACCESS_KEY": self.s3_secret_key,
            "AWS_REGION": self.s3_region,
            "DATABASE_URL": self.database,
            "UPLOADS_BUCKET": UPLOADS_BUCKET,
            "RESULTS_BUCKET": RESULTS_BUCKET,
        }
