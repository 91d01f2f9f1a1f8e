"""Each function logs in to Kafka as itself, and may do there what it does and nothing else."""

from collections.abc import Iterable, Iterator

from events.page import PageRequested
from events.topics import PAGES, topic_of_type
from local.manifests.cluster import KafkaUser
from local.manifests.eventing import KafkaSink
from local.manifests.loading import Manifests
from local.manifests.serving import Service
from local.rules import code
from local.rules.handling import channel_of
from local.rules.landscape import feeding, function_of, settings, topics

_USERNAME = "KAFKA_SASL_USERNAME"
_ACLS = "spec.authorization.acls"
_ENV = "spec.template.spec.containers.0.env"

Right = tuple[str, str, str]  # operation, kind of resource, its name


def may_do_what_it_does(user: KafkaUser, manifests: Manifests) -> Iterator[str]:
    if wide := sorted(_wide(user)):
        yield f"{_ACLS}: {', '.join(wide)} says more than one name; give each topic and each group by its own"
        return
    has, needs = _rights(user), _needs(user, manifests)
    yield from (f"{_ACLS}: it may not {' '.join(right)}; add that" for right in sorted(needs - has))
    for right in sorted(has - needs):
        operation, kind, name = right
        if kind != "topic" or operation != "Write":
            yield f"{_ACLS}: it may {' '.join(right)}, and has no source that does; remove that"
        elif channel_of(name) is None:
            yield f"{_ACLS}: events/asyncapi.py knows no topic {name}; correct the name or remove that"


def logs_in_as_a_user(service: Service, manifests: Manifests) -> Iterator[str]:
    users = {user.metadata.name for user in manifests.of(KafkaUser)}
    name = settings(service).get(_USERNAME)
    if users and name not in users:
        yield f"{_ENV}.{_USERNAME}: there is no KafkaUser {name}; add it or correct the name"


def _wide(user: KafkaUser) -> Iterator[str]:
    for acl in user.spec.authorization.acls:
        if acl.resource.pattern_type != "literal" or acl.resource.name in {None, "*"} or "All" in acl.operations:
            yield f"{'/'.join(acl.operations)} on {acl.resource.type} {acl.resource.name or '*'}"


def _rights(user: KafkaUser) -> set[Right]:
    return {
        (operation, acl.resource.type, acl.resource.name or "*")
        for acl in user.spec.authorization.acls
        for operation in acl.operations
        if operation != "Describe"  # comes with every other
    }


def _needs(user: KafkaUser, manifests: Manifests) -> set[Right]:
    """What its functions' sources read, and what these and its sinks surely write."""
    needs: set[Right] = set()
    for service in manifests.of(Service):
        if settings(service).get(_USERNAME) == user.metadata.name:
            needs |= {("Write", "topic", topic) for topic in _written(service, topics(manifests))}
            for source in feeding(service, manifests):
                needs |= {("Read", "topic", topic) for topic in source.spec.topics}
                # Knative deletes the group together with the source.
                needs |= {(operation, "group", source.spec.consumer_group) for operation in ("Read", "Delete")}
    sinks = (sink for sink in manifests.of(KafkaSink) if sink.spec.auth and _secret(sink) == _password(user))
    return needs | {("Write", "topic", sink.spec.topic) for sink in sinks}


def _secret(sink: KafkaSink) -> str | None:
    return sink.spec.auth.secret.ref.name if sink.spec.auth else None


def _password(user: KafkaUser) -> str:
    """The Secret with its password: that which it names, else the one that the user operator makes."""
    password = user.spec.authentication.password
    return password.value_from.secret_key_ref.name if password else user.metadata.name


def _written(service: Service, declared: Iterable[str]) -> set[str]:
    folder = function_of(service)
    if folder is None:
        return set()
    said = code.said(folder)
    written = {topic_of_type(event, folder) for event in said if event is not PageRequested}
    if PageRequested in said:
        written |= {topic for topic in declared if topic.startswith(PAGES)}
    return written
