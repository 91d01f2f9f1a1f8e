"""Tests of the endpoints of a platform."""

from local.platform.endpoints import Endpoints


def test_repr_of_endpoints_has_no_secret() -> None:
    endpoints = Endpoints(
        kafka="localhost:9092",
        s3="http://localhost:9000",
        s3_access_key="pagebus",
        s3_secret_key="secret-of-s3",  # a made-up secret
        s3_region="us-east-1",
        database="postgresql://pagebus:secret-of-postgres@localhost:5432/pagebus",
    )

    assert "secret" not in repr(endpoints)
    assert "http://localhost:9000" in repr(endpoints)
    assert endpoints.as_environment()["AWS_SECRET_ACCESS_KEY"] == "secret-of-s3"
