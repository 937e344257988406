"""The web process: GraphQL for people and partners, SOAP for the Web Connector."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from uuid import UUID

from dramatiq import Broker
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from structlog.contextvars import bind_contextvars

from app import help_page, metrics_page, query_page
from app.authentication import Authenticator
from app.clock import now
from app.connector import connector_tools
from app.enrollment import Enroller
from app.gauges import Overview, live_gauges, pool_gauges
from app.headers import SecurityHeaders
from app.ids import new_id
from app.jwks import ProviderKeys
from app.leftovers import keep_booking
from app.logging import configure_logging
from app.metrics import Metrics
from app.pins import PINS
from app.readiness import ServerTrouble, check_servers
from app.resources import Resources, end, hold_resources
from app.settings import Settings, load_settings
from app.tokens import Tokens
from app.tracing import Tracing, make_tracing
from app.trusted import trusted_documents
from console.routes import routes as console_routes
from console.session import CookieSignIn, Session, SignedIn, Unavailable
from db.unit_of_work import UnitOfWork
from qbwc import endpoint
from qbwc.calls import Call, Reply, operation_of
from qbwc.operations import answer
from qbwc.receiving import book_stored
from qbwc.sessions import Tools
from resolvers.context import Help, RequestContext
from resolvers.outages import is_outage
from schema import view
from schema.floor import Floor, Live
from sync_worker.broker import make_broker

BROKER_NAMESPACE = "instep"


def create_app(closing: asyncio.Event | None = None) -> Starlette:
    """Give the web application as the environment sets it; for `uvicorn --factory` too."""
    settings = load_settings()
    configure_logging(settings.log_format)
    broker = make_broker(settings.redis_url, namespace=BROKER_NAMESPACE)
    return build_app(settings, broker, closing)


def build_app(
    settings: Settings, broker: Broker, closing: asyncio.Event | None = None
) -> Starlette:
    """Give the web application: its routes as a list, its resources opened at start-up.

    Whoever serves it sets `closing` before it waits for open streams to end.
    """
    floor = Floor(closing=closing)
    metrics = Metrics()
    tracing = make_tracing(settings, process="web")
    for carrying in tracing.middleware():
        broker.add_middleware(carrying)
    desk = _Desk(settings, metrics, tracing)
    metrics.show(lambda: live_gauges({str(kind): floor.open[kind] for kind in Live}))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with hold_resources(settings, broker) as resources:
            desk.open(resources)
            booking = asyncio.create_task(
                keep_booking(
                    resources.directory.unbooked,
                    desk.book_stored,
                    now=now,
                    every_seconds=settings.sweep_seconds,
                )
            )
            try:
                yield
            finally:
                await end(booking)
                await asyncio.to_thread(tracing.close)

    return Starlette(
        routes=[
            *(query_page.routes() if settings.query_page else []),
            *(console_routes(desk.console_session()) if settings.console else []),
            *view.routes(
                desk.authenticate, allowed_origins=settings.allowed_origins or (), floor=floor
            ),
            *endpoint.routes(desk.answer, app_url=f"{settings.public_url}/qbwc"),
            *help_page.routes(settings),
            *metrics_page.routes(settings.metrics_token, desk.metrics_page),
            Route("/healthz", _healthy),
            Route("/readyz", desk.ready),
        ],
        middleware=[
            Middleware(SecurityHeaders, public_url=settings.public_url),
            Middleware(CookieSignIn, is_secure=settings.is_secure),
        ],
        lifespan=lifespan,
    )


class _Desk:
    """What the routes call; open from the application's start-up to its shutdown."""

    def __init__(self, settings: Settings, metrics: Metrics, tracing: Tracing) -> None:
        self._settings = settings
        self._metrics = metrics
        self._tracing = tracing
        keys = None if settings.jwks_url is None else ProviderKeys(settings.jwks_url)
        self._tokens = Tokens(settings, keys)
        self._enroller = Enroller(settings)
        self._trusted = trusted_documents(settings)
        self._help = Help(
            articles_url=f"{settings.public_url}{help_page.PATH}",
            support_contact=settings.support_contact,
        )
        self._resources: Resources | None = None
        self._tools: Tools | None = None
        self._overview: Overview | None = None

    def open(self, resources: Resources) -> None:
        self._resources = resources
        tools = connector_tools(resources, version=_own_version())
        self._tools = replace(tools, open_work=self._metrics.measuring(tools.open_work))
        self._overview = Overview(resources.directory.overview, now)
        self._metrics.show(self._overview.gauges)
        self._metrics.show(lambda: pool_gauges(resources.pool_use))

    async def authenticate(self, authorization: str | None) -> RequestContext | None:
        """Give the context of a caller's request; None when the credential does not hold."""
        held = self._held()
        authenticator = Authenticator(self._tokens, held.directory, held.open_work, now)
        principal = await authenticator.principal_of(authorization)
        if principal is None:
            return None
        request_id = str(new_id())
        bind_contextvars(request_id=request_id, account_id=str(principal.account_id))

        def open_work() -> AbstractAsyncContextManager[UnitOfWork]:
            return held.open_work(principal.account_id)

        return RequestContext(
            principal=principal,
            open_work=open_work,
            doorbell=held.doorbell,
            tails=held.tails,
            lookouts=held.lookouts,
            now=now,
            new_id=new_id,
            enroll=self._enroller,
            request_id=request_id,
            help=self._help,
            pins=PINS,
            budget=held.budget,
            trusted=self._trusted,
            may_read_schema=self._settings.introspection,
            meter=self._metrics,
            tracer=self._tracing.tracer,
            webhooks=self._settings.webhook_rules,
        )

    def console_session(self) -> Session:
        """Give what signs the console in and out."""
        demo_file = self._settings.console_demo_file

        async def check(credential: str) -> SignedIn | None:
            try:
                caller = await self.authenticate(f"Bearer {credential}")
            except Exception as fault:  # whatever it is, unless the database is away, is a fault
                if is_outage(fault):
                    raise Unavailable from fault
                raise
            return None if caller is None else SignedIn(caller.principal.valid_until)

        def demo_credential() -> str | None:
            if demo_file is None or not demo_file.is_file():
                return None
            return demo_file.read_text(encoding="ascii").strip()

        return Session(
            check, now, is_secure=self._settings.is_secure, demo_credential=demo_credential
        )

    async def answer(self, call: Call, peer: str) -> Reply:
        """Answer the Web Connector."""
        tools = self._connector_tools()
        with self._tracing.soap_call(operation_of(call).name):
            return await self._metrics.timed(call, lambda: answer(tools, call, peer))

    async def book_stored(self, account_id: UUID, exchange_id: UUID) -> None:
        """Book an answer of the Web Connector that was stored and not booked."""
        await book_stored(self._connector_tools(), account_id, exchange_id)

    async def metrics_page(self) -> bytes:
        """Give what is counted and measured, with what the tables say."""
        if self._overview is not None:
            await self._overview.refresh()
        return self._metrics.page()

    async def ready(self, _: Request) -> Response:
        """Tell whether this process can work now: 200, or 503 with what is missing."""
        try:
            await check_servers(self._settings)
        except ServerTrouble as trouble:
            return JSONResponse({"status": "not ready", "reason": str(trouble)}, 503)
        return JSONResponse({"status": "ready"})

    def _connector_tools(self) -> Tools:
        if self._tools is None:
            raise RuntimeError("The application has not started yet.")
        return self._tools

    def _held(self) -> Resources:
        if self._resources is None:
            raise RuntimeError("The application has not started yet.")
        return self._resources


async def _healthy(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _own_version() -> str:
    try:
        return version("instep")
    except PackageNotFoundError:  # run from a checkout
        return "(development)"
