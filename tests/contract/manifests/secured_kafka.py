"""A Kafka that asks who one is, as infra/kafka/README.md wants it, with Strimzi's part played by its admin."""

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

from confluent_kafka import KafkaException

# `confluent_kafka.admin` has all of these, and says so to no type checker.
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
from local.platform import installed
from local.platform.process import end, spawn
from local.platform.real import JAVA, ONE_NODE
from tests.contract.manifests.built import Manifest
from tests.kit import eventually

# Admins come without a name, from a listener that only they know: the operators' own way in is none of ours.
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
    """Signs brokers and users, as the authorities of a Strimzi cluster do."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        self.pem = self._signed(self._name, self._key.public_key(), ca=True).public_bytes(Encoding.PEM).decode()

    def issue(self, name: str) -> tuple[str, str]:
        """A certificate and its key, as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._signed(subject, key.public_key(), ca=False).public_bytes(Encoding.PEM).decode()
        return certificate, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def _signed(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, ca: bool) -> x509.Certificate:
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
    """The broker, and the ways into it."""

    admin: AdminClient
    tls: str
    mutual: str
    authority: Authority

    def by_password(self, user: str) -> dict[str, str]:
        """A client's settings, made by the functions' own code of what components/kafka-tls gives them."""
        return KafkaSettings(
            kafka_bootstrap_servers=self.tls,
            kafka_security_protocol="SASL_SSL",
            kafka_sasl_username=user,
            kafka_sasl_password=_password(user),
            kafka_ssl_ca_pem=self.authority.pem,
        ).kafka

    def by_certificate(self, user: str) -> dict[str, str]:
        """The same of what components/kafka-mtls gives them."""
        certificate, key = self.authority.issue(user)
        return KafkaSettings(
            kafka_bootstrap_servers=self.mutual,
            kafka_security_protocol="SSL",
            kafka_ssl_ca_pem=self.authority.pem,
            kafka_ssl_certificate_pem=certificate,
            kafka_ssl_key_pem=key,
        ).kafka

    def apply(self, topics: Iterable[str], users: Iterable[Manifest]) -> None:
        """What Strimzi's operators do with the manifests."""
        wanted = [NewTopic(topic, 1, 1) for topic in topics]
        done = [*self.admin.create_topics(wanted).values()]
        for user in users:
            name, rules = user["metadata"]["name"], user["spec"]["authorization"]["acls"]
            # The operator's principals: the name, and where certificates are used, the certificate's subject.
            acls = [acl for who in (name, f"CN={name}") for rule in rules for acl in _acls(who, rule)]
            done += self.admin.create_acls(acls).values()
            scram = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
            login = UserScramCredentialUpsertion(name, scram, _password(name).encode())
            done += self.admin.alter_user_scram_credentials([login]).values()
        for future in done:
            future.result(30)


def _password(user: str) -> str:
    return f"of {user}"


def _acls(who: str, rule: Manifest) -> list[AclBinding]:
    kind = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP}[rule["resource"]["type"]]
    pattern = {"literal": ResourcePatternType.LITERAL}[rule["resource"]["patternType"]]
    name, allow = rule["resource"]["name"], AclPermissionType.ALLOW
    operations = [AclOperation[operation.upper()] for operation in rule["operations"]]
    return [AclBinding(kind, name, pattern, f"User:{who}", "*", operation, allow) for operation in operations]


@contextmanager
def secured_kafka(folder: Path) -> Iterator[SecuredKafka]:
    """A broker that lives in `folder`, as long as the context does."""
    installed.check()
    authority, ports = Authority(), _free_ports("admin", "tls", "mutual", "controller")
    (folder / "ca.pem").write_text(authority.pem)
    certificate, key = authority.issue("broker")
    (folder / "server.pem").write_text(key + certificate)
    config = folder / "kafka.properties"
    config.write_text((ONE_NODE + _CONFIG).format(folder=folder, **ports))
    java = [*JAVA, "-cp", f"{installed.kafka_jars()}/*"]
    format_ = [*java, "kafka.tools.StorageTool", "format", "-t", str(uuid.uuid4()), "-c", str(config)]
    subprocess.run(format_, check=True, capture_output=True)
    process = spawn([*java, "kafka.Kafka", str(config)], {}, folder / "kafka.log")
    try:
        admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{ports['admin']}", "log_level": 0})
        eventually(lambda: _answers(admin), what="Kafka's first answer")
        yield SecuredKafka(admin, f"127.0.0.1:{ports['tls']}", f"127.0.0.1:{ports['mutual']}", authority)
    finally:
        end(process, signal.SIGTERM, 20)


def _answers(admin: AdminClient) -> bool:
    try:
        return bool(admin.list_topics(timeout=1).brokers)
    except KafkaException:
        return False


def _free_ports(*names: str) -> dict[str, int]:
    held = {name: socket.create_server(("127.0.0.1", 0)) for name in names}
    ports = {name: server.getsockname()[1] for name, server in held.items()}
    for server in held.values():
        server.close()
    return ports
