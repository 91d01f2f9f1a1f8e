"""A Kafka broker with logins and rights, as infra/kafka/README.md describes it. The test does the work of Strimzi."""

import signal
import socket
import subprocess
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer

# `confluent_kafka.admin` exports all of these, but not in a way that type checkers recognize.
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.admin._scram import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
from confluent_kafka.cimpl import NewTopic
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from functions.runtime.settings import KafkaSettings
from local.platform import installation
from local.platform.process import end_process, spawn_process
from local.platform.real import JAVA_COMMAND, SINGLE_NODE_SETTINGS
from tests.contract.manifests.builds import Manifest
from tests.kit import wait_for

# The admin client has a listener of its own without login. How Strimzi's operators log in is not under test.
_CONFIG = """\
listeners=ADMIN://127.0.0.1:{admin},TLS://127.0.0.1:{tls},MUTUAL://127.0.0.1:{mutual},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=ADMIN://127.0.0.1:{admin},TLS://127.0.0.1:{tls},MUTUAL://127.0.0.1:{mutual}
inter.broker.listener.name=ADMIN
listener.security.protocol.map=ADMIN:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SASL_SSL,MUTUAL:SSL
listener.name.tls.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.tls.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.mutual.ssl.client.auth=required
ssl.keystore.type=PEM
ssl.keystore.location={folder}/server.pem
ssl.truststore.type=PEM
ssl.truststore.location={folder}/ca.pem
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
log.dirs={folder}/data
"""


class Authority:
    """A certificate authority for the broker and the users, as a Strimzi cluster has."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        self.pem = self._sign(self._name, self._key.public_key(), ca=True).public_bytes(Encoding.PEM).decode()

    def issue(self, name: str) -> tuple[str, str]:
        """Return a certificate for `name` and its key, as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._sign(subject, key.public_key(), ca=False).public_bytes(Encoding.PEM).decode()
        return certificate, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, ca: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .sign(self._key, SHA256())
        )


@dataclass(frozen=True)
class SecuredKafka:
    """The addresses of a running broker, and the settings for clients."""

    admin: AdminClient
    tls: str
    mutual: str
    authority: Authority

    def build_password_settings(self, user: str) -> dict[str, str]:
        """Return client settings for a password login, built from the variables of components/kafka-tls."""
        return KafkaSettings(
            kafka_bootstrap_servers=self.tls,
            kafka_security_protocol="SASL_SSL",
            kafka_sasl_username=user,
            kafka_sasl_password=_make_password(user),
            kafka_ssl_ca_pem=self.authority.pem,
        ).kafka_client_config

    def build_certificate_settings(self, user: str) -> dict[str, str]:
        """Return client settings for a certificate login, built from the variables of components/kafka-mtls."""
        certificate, key = self.authority.issue(user)
        return KafkaSettings(
            kafka_bootstrap_servers=self.mutual,
            kafka_security_protocol="SSL",
            kafka_ssl_ca_pem=self.authority.pem,
            kafka_ssl_certificate_pem=certificate,
            kafka_ssl_key_pem=key,
        ).kafka_client_config

    def apply(self, topics: Iterable[str], users: Iterable[Manifest]) -> None:
        """Create the topics, the users and their rights, as Strimzi's operators do."""
        new_topics = [NewTopic(topic, 1, 1) for topic in topics]
        done = [*self.admin.create_topics(new_topics).values()]
        for user in users:
            name, rules = user["metadata"]["name"], user["spec"]["authorization"]["acls"]
            # The operator's principals: the user name, or with certificates the subject of the certificate.
            acls = [acl for principal in (name, f"CN={name}") for rule in rules for acl in _build_acls(principal, rule)]
            done += self.admin.create_acls(acls).values()
            scram = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
            login = UserScramCredentialUpsertion(name, scram, _make_password(name).encode())
            done += self.admin.alter_user_scram_credentials([login]).values()
        for future in done:
            future.result(30)


def _make_password(user: str) -> str:
    return f"of {user}"


def _build_acls(principal: str, rule: Manifest) -> list[AclBinding]:
    kind = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP}[rule["resource"]["type"]]
    pattern = {"literal": ResourcePatternType.LITERAL}[rule["resource"]["patternType"]]
    name, allow = rule["resource"]["name"], AclPermissionType.ALLOW
    operations = [AclOperation[operation.upper()] for operation in rule["operations"]]
    return [AclBinding(kind, name, pattern, f"User:{principal}", "*", operation, allow) for operation in operations]


@contextmanager
def run_secured_kafka(folder: Path) -> Iterator[SecuredKafka]:
    """Run a broker with its data in `folder` while the context is open."""
    installation.check_installed()
    authority, ports = Authority(), _find_free_ports("admin", "tls", "mutual", "controller")
    (folder / "ca.pem").write_text(authority.pem)
    certificate, key = authority.issue("broker")
    (folder / "server.pem").write_text(key + certificate)
    config = folder / "kafka.properties"
    config.write_text((SINGLE_NODE_SETTINGS + _CONFIG).format(folder=folder, **ports))
    java = [*JAVA_COMMAND, "-cp", f"{installation.get_kafka_folder()}/*"]
    format_ = [*java, "kafka.tools.StorageTool", "format", "-t", str(uuid.uuid4()), "-c", str(config)]
    subprocess.run(format_, check=True, capture_output=True)
    process = spawn_process([*java, "kafka.Kafka", str(config)], {}, folder / "kafka.log")
    try:
        admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{ports['admin']}", "log_level": 0})
        wait_for(lambda: _is_ready(admin), what="the first answer of Kafka")
        yield SecuredKafka(admin, f"127.0.0.1:{ports['tls']}", f"127.0.0.1:{ports['mutual']}", authority)
    finally:
        end_process(process, signal.SIGTERM, 20)


def _is_ready(admin: AdminClient) -> bool:
    try:
        return bool(admin.list_topics(timeout=1).brokers)
    except KafkaException:
        return False


def _find_free_ports(*names: str) -> dict[str, int]:
    held = {name: socket.create_server(("127.0.0.1", 0)) for name in names}
    ports = {name: server.getsockname()[1] for name, server in held.items()}
    for server in held.values():
        server.close()
    return ports


def find_writable_topics(client: dict[str, str], topics: Iterable[str]) -> set[str]:
    """Return the topics that accept a record of this client. It uses the producer settings of functions."""
    accepted: dict[str, bool] = {}

    def store(error: KafkaError | None, record: Message) -> None:
        accepted[str(record.topic())] = error is None

    settings = {"enable.idempotence": True, "acks": "all", "log_level": 0, "message.timeout.ms": 15_000}
    producer = Producer({**client, **settings})
    for topic in topics:
        producer.produce(topic, b"", on_delivery=store)
    assert producer.flush(30) == 0
    return {topic for topic, is_accepted in accepted.items() if is_accepted}


def consume_first_record(client: dict[str, str], topic: str, group: str) -> Message:
    """Return the first record of a topic, after committing it as a source does. Raise KafkaException without rights."""
    consumer = Consumer({**client, "group.id": group, "auto.offset.reset": "earliest", "log_level": 0})
    try:
        consumer.subscribe([topic])
        record = wait_for(lambda: consumer.poll(0.5), what=f"a record on {topic}")
        if record.error():
            raise KafkaException(record.error())
        consumer.commit(message=record, asynchronous=False)
        return record
    finally:
        consumer.close()
