"""The addresses and credentials of a platform, which functions and clients need."""

from dataclasses import dataclass, field

UPLOADS_BUCKET = "pagebus-uploads"
RESULTS_BUCKET = "pagebus-results"


@dataclass(frozen=True)
class Endpoints:
    """The addresses and credentials of a platform. Its repr contains no secret."""

    kafka: str
    s3: str
    s3_access_key: str
    s3_secret_key: str = field(repr=False)
    s3_region: str
    database: str = field(repr=False)  # the URL contains the password

    def as_environment(self) -> dict[str, str]:
        """Return the settings that all functions share, under names that Kafka, AWS and PostgreSQL clients also use."""
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
