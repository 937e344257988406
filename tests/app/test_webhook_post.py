"""What leaves for a partner's address leaves for that address, and for no other."""

import ssl
from datetime import timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.clock import now
from app.webhook_post import WebhookPost, resolve
from domain.webhooks import WebhookRules
from tests.sync_worker.receiver import a_receiver

STRICT = WebhookRules(key=b"k" * 32)
LENIENT = WebhookRules(key=b"k" * 32, allows_private=True)
NAME = "partner.example.com"


class Names:
    """A name server whose answers change from one question to the next."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self.asked = []

    async def __call__(self, host, port):
        self.asked.append((host, port))
        return [ip_address(text) for text in self._answers.pop(0)]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],  # one bad one is enough
        ["169.254.169.254"],
        ["::ffff:127.0.0.1"],
        [],
    ],
)
async def test_a_name_that_leads_into_our_network_is_not_even_connected_to(addresses):
    async with a_receiver() as receiver:
        post = WebhookPost(STRICT, resolve=Names(addresses))

        posted = await post(f"https://{NAME}:{receiver.port}/", b"{}", {})

        assert posted.trouble.startswith("Refused")
        assert receiver.received == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "127.1", "0x7f000001"])
async def test_this_machine_is_refused_by_whatever_name(host):
    """With the name server of the machine itself."""
    async with a_receiver() as receiver:
        posted = await WebhookPost(STRICT)(f"https://{host}:{receiver.port}/", b"{}", {})

        assert posted.trouble is not None
        assert receiver.received == []


async def test_plain_http_is_refused_even_if_it_was_stored():
    names = Names(["8.8.8.8"])

    posted = await WebhookPost(STRICT, resolve=names)(f"http://{NAME}/", b"{}", {})

    assert posted.trouble == "Refused: only https is sent to."
    assert names.asked == []


async def test_the_connection_goes_to_the_address_that_was_judged():
    """The name is asked for once, so it cannot point elsewhere between check and connection."""
    async with a_receiver() as receiver:
        names = Names(["127.0.0.1"])
        url = f"http://{NAME}:{receiver.port}/instep?tenant=3"

        posted = await WebhookPost(LENIENT, resolve=names)(url, b"{}", {"X-Our": "1"})

        assert posted.status == 204
        assert names.asked == [(NAME, receiver.port)]
        (post,) = receiver.received
    assert post.headers["host"] == f"{NAME}:{receiver.port}"
    assert (post.path, post.body, post.headers["x-our"]) == ("/instep?tenant=3", b"{}", "1")


async def test_no_proxy_of_the_environment_is_asked(monkeypatch):
    async with a_receiver() as proxy, a_receiver() as receiver:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)

        await WebhookPost(LENIENT)(receiver.url, b"{}", {})

        assert (len(proxy.received), len(receiver.received)) == (0, 1)


async def test_a_name_that_does_not_exist_is_told_and_not_raised():
    async def nowhere(host, port):
        raise OSError("Name or service not known")

    posted = await WebhookPost(STRICT, resolve=nowhere)(f"https://{NAME}/", b"{}", {})

    assert posted.trouble == "No connection: Name or service not known."


async def test_an_address_has_every_address_of_its_name():
    assert ip_address("127.0.0.1") in await resolve("localhost", 443)


def a_certificate(tmp_path, name):
    """One that signs itself, for this name; the context of a server, and what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / f"{name}.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(private + certificate.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    trust = ssl.create_default_context(cadata=certificate.public_bytes(pem).decode())
    return server, trust


@pytest.mark.parametrize(("name", "is_sent"), [(NAME, True), ("other.example.com", False)])
async def test_the_certificate_must_be_that_of_the_name(tmp_path, name, is_sent):
    """Although the connection goes to an address."""
    server, trust = a_certificate(tmp_path, name)
    async with a_receiver(ssl=server) as receiver:
        post = WebhookPost(LENIENT, resolve=Names(["127.0.0.1"]), trust=trust)

        posted = await post(f"https://{NAME}:{receiver.port}/", b"{}", {})

        assert (posted.status == 204, len(receiver.received) == 1) == (is_sent, is_sent)


async def test_a_certificate_that_nobody_signed_is_refused(tmp_path):
    server, _ = a_certificate(tmp_path, NAME)
    async with a_receiver(ssl=server) as receiver:
        post = WebhookPost(LENIENT, resolve=Names(["127.0.0.1"]))

        posted = await post(f"https://{NAME}:{receiver.port}/", b"{}", {})

        assert "certificate" in posted.trouble.lower()
        assert receiver.received == []
