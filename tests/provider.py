"""Whoever signs people in: a little HTTP server with real keys, which can be away or hang."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

MAKERS = {
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


class Provider:
    """`keys` are served as they are now; `answers` counts how often they were."""

    def __init__(self):
        self.keys = {}
        self.published = []
        self.answers = 0
        self.status = "200 OK"
        self.body = None
        self.hangs = False
        self.drips = False
        self._server = None
        self._answering = set()
        self.port = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/.well-known/jwks.json"

    def add_key(self, kid, algorithm="RS256", /, **changes):
        """Make a key, and show it to whoever asks."""
        private = MAKERS[algorithm]()
        self.keys[kid] = (algorithm, private)
        self.publish(kid, **changes)

    def publish(self, kid, /, **changes):
        algorithm, private = self.keys[kid]
        public = get_default_algorithms()[algorithm].to_jwk(private.public_key(), as_dict=True)
        shown = {"kid": kid, "alg": algorithm, "use": "sig"} | public | changes
        self.published.append({name: value for name, value in shown.items() if value is not None})

    def public_pem(self, kid):
        _, private = self.keys[kid]
        return private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, claims, kid, **headers):
        algorithm, private = self.keys[kid]
        return jwt.encode(claims, private, algorithm=algorithm, headers={"kid": kid} | headers)

    async def start(self):
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self.port or 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self):
        self._server.close()
        await self._server.wait_closed()
        await asyncio.gather(*self._answering)

    async def _answer(self, reader, writer):
        self._answering.add(asyncio.current_task())
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            self.answers += 1
            if self.hangs:
                await reader.read()  # until the caller gives up
            for part in self._parts():
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0.05 if self.drips else 0)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def _parts(self):
        body = self.body if self.body is not None else json.dumps({"keys": self.published}).encode()
        head = f"HTTP/1.1 {self.status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        return [head.encode(), *([bytes([b]) for b in body] if self.drips else [body])]


@asynccontextmanager
async def a_provider():
    provider = Provider()
    await provider.start()
    yield provider
    await provider.stop()
