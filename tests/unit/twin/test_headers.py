"""Request headers at a container, as recorded from a real Knative Serving 0.50."""

from local.twin.services.headers import build_container_headers, canonicalize, drop_hop_by_hop

SENT = [
    (b"host", b"s.default.svc.cluster.local"),
    (b"x-mine", b"a"),
    (b"content-length", b"7"),
    (b"user-agent", b"Vert.x-WebClient/4.5.21"),
    (b"Prefer", b"reply"),
    (b"ce-id", b"1"),
    (b"connection", b"close"),
    (b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
]


def test_names_are_canonical_and_in_gos_order() -> None:
    found = build_container_headers(SENT, "10.244.0.7", is_proxied=True)
    assert [name.decode() for name, _ in found] == [
        "Host",
        "User-Agent",
        "Content-Length",
        "Ce-Id",
        "Forwarded",
        "K-Proxy-Request",
        "Prefer",
        "Traceparent",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Mine",
        "X-Request-Id",
    ]


def test_forwarding_headers_are_added() -> None:
    found = dict(build_container_headers(SENT, "10.244.0.7", is_proxied=True))
    assert found[b"Forwarded"] == b"for=10.244.0.7;proto=http"
    assert found[b"X-Forwarded-For"] == b"10.244.0.7, 127.0.0.1"
    assert (found[b"X-Forwarded-Proto"], found[b"K-Proxy-Request"]) == (b"http", b"activator")
    assert len(found[b"X-Request-Id"]) == 36


def test_activator_header_is_only_on_proxied_requests() -> None:
    assert b"K-Proxy-Request" not in dict(build_container_headers(SENT, "h", is_proxied=False))


def test_forwarded_for_is_extended_and_request_id_is_kept() -> None:
    sent = [(b"host", b"h"), (b"x-forwarded-for", b"1.2.3.4"), (b"x-request-id", b"mine")]
    found = dict(build_container_headers(sent, "5.6.7.8", is_proxied=True))
    assert (found[b"X-Forwarded-For"], found[b"X-Request-Id"]) == (b"1.2.3.4, 5.6.7.8, 127.0.0.1", b"mine")


def test_values_of_one_name_keep_their_order() -> None:
    sent = [(b"host", b"h"), (b"a", b"2"), (b"b", b"0"), (b"A", b"1")]
    assert [value for name, value in build_container_headers(sent, "h", is_proxied=True) if name == b"A"] == [
        b"2",
        b"1",
    ]


def test_hop_by_hop_headers_are_dropped() -> None:
    assert drop_hop_by_hop([(b"Keep-Alive", b"1"), (b"TE", b"trailers"), (b"X", b"1")]) == [(b"X", b"1")]


def test_invalid_header_name_is_unchanged() -> None:
    assert (canonicalize(b"ce-knativekafkaoffset"), canonicalize(b"a b-c")) == (b"Ce-Knativekafkaoffset", b"a b-c")
