"""What a container sees of a request's headers, as recorded of a real Knative Serving 0.50."""

from local.twin.services.headers import at_container, canonical, end_to_end

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


def test_names_are_canonical_and_sorted_behind_host_agent_and_length() -> None:
    found = at_container(SENT, "10.244.0.7", proxied=True)
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


def test_the_way_is_told() -> None:
    found = dict(at_container(SENT, "10.244.0.7", proxied=True))
    assert found[b"Forwarded"] == b"for=10.244.0.7;proto=http"
    assert found[b"X-Forwarded-For"] == b"10.244.0.7, 127.0.0.1"
    assert (found[b"X-Forwarded-Proto"], found[b"K-Proxy-Request"]) == (b"http", b"activator")
    assert len(found[b"X-Request-Id"]) == 36


def test_the_activator_is_told_only_where_it_is_in_the_way() -> None:
    assert b"K-Proxy-Request" not in dict(at_container(SENT, "h", proxied=False))


def test_a_longer_way_is_continued_and_a_known_request_keeps_its_id() -> None:
    sent = [(b"host", b"h"), (b"x-forwarded-for", b"1.2.3.4"), (b"x-request-id", b"mine")]
    found = dict(at_container(sent, "5.6.7.8", proxied=True))
    assert (found[b"X-Forwarded-For"], found[b"X-Request-Id"]) == (b"1.2.3.4, 5.6.7.8, 127.0.0.1", b"mine")


def test_values_under_one_name_stay_in_their_order() -> None:
    sent = [(b"host", b"h"), (b"a", b"2"), (b"b", b"0"), (b"A", b"1")]
    assert [value for name, value in at_container(sent, "h", proxied=True) if name == b"A"] == [b"2", b"1"]


def test_what_belongs_to_one_connection_does_not_go_on() -> None:
    assert end_to_end([(b"Keep-Alive", b"1"), (b"TE", b"trailers"), (b"X", b"1")]) == [(b"X", b"1")]


def test_a_name_that_is_no_token_stays_as_it_is() -> None:
    assert (canonical(b"ce-knativekafkaoffset"), canonical(b"a b-c")) == (b"Ce-Knativekafkaoffset", b"a b-c")
