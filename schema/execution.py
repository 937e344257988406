"""How an operation runs: limits first, a context of its own, and faults that stay inside."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

import structlog
from graphql import ExecutionResult as CoreResult
from graphql import (
    GraphQLError,
    GraphQLSyntaxError,
    lexicographic_sort_schema,
    print_schema,
)
from strawberry import Schema
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext, ExecutionResult, StreamExecutionResult
from strawberry.types.graphql import OperationType

from domain.errors import DomainError
from resolvers.live import read_last_sequence
from resolvers.outages import is_outage
from schema.context import GraphQLContext
from schema.pagination import bad_input
from schema.scopes import check_scopes
from schema.user_errors import UserErrorCode, code_of

log = structlog.get_logger(__name__)

#: What is told while the database is away; whoever comes again later may find it mended.
UNAVAILABLE = "UNAVAILABLE"
OUTAGE = "The service cannot reach its database for the moment. Try again in a few seconds."

_NO_INTROSPECTION = (
    "This service does not show its schema here: it comes with the service, as"
    " `schema/schema.graphql`, and `instep schema` prints it."
)

#: Faults of the request that the library tells by exceptions of its own.
_REQUEST_FAULTS = (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)

#: Codes that mean something outside of `userErrors` too; all others are bad input there.
_SHARED_CODES = frozenset(
    {UserErrorCode.CURSOR_EXPIRED, UserErrorCode.FORBIDDEN, UserErrorCode.NOT_FOUND}
)


class QuietSchema(Schema):
    """Leaves the logging of errors to `Masking`: the library would log query texts."""

    def as_str(self) -> str:
        """Give the SDL, sorted, so that a difference shows what changed and nothing else."""
        return print_schema(lexicographic_sort_schema(self._schema))

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Do nothing."""


class Admission(SchemaExtension):
    """Asks of each operation, valid as its document is, whether this caller may run it here."""

    def on_validate(self) -> Iterator[None]:
        """What is wrong with the document is told first."""
        execution = self.execution_context
        if not execution.pre_execution_errors:
            execution.pre_execution_errors = _check_caller(execution)
        yield


class OwnContext(SchemaExtension):
    """Gives each operation, and each event of a subscription, loaders of its own."""

    async def on_operation(self) -> AsyncIterator[None]:
        """Fork: a socket has one context for all of its operations."""
        context: GraphQLContext = self.execution_context.context
        self.execution_context.context = await context.fork()
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        """Read the newest event's number before any other field starts.

        Fields run side by side, each in its own transaction: a number read too early repeats an
        event, one read too late would lose it.
        """
        execution = self.execution_context
        is_query = execution.operation_type is OperationType.QUERY
        if is_query and "syncCursor" in (execution.query or ""):
            context: GraphQLContext = execution.context
            context.last_sequence = asyncio.ensure_future(read_last_sequence(context.caller))
            await asyncio.wait([context.last_sequence])  # a fault shows in the field that asks
        yield

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        """Forget what was loaded for one event: the next one shows newer rows."""
        self.execution_context.context.begin_event()
        yield


class Masking(SchemaExtension):
    """Shows refusals and request errors as they are, and of a fault only a number to ask about."""

    def on_operation(self) -> Iterator[None]:
        """Mask the one result of a query or mutation."""
        yield
        result = self.execution_context.result
        if isinstance(result, CoreResult | ExecutionResult) and result.errors:
            result.errors = self._shown(result.errors)

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        """Mask one result of many."""
        if isinstance(result, ExecutionResult) and result.errors:
            result.errors = self._shown(result.errors)
        yield

    def _shown(self, errors: Sequence[GraphQLError]) -> list[GraphQLError]:
        request_id = self.execution_context.context.request_id
        logged: set[int] = set()
        return [show_error(error, request_id, logged) for error in errors]


def _check_caller(execution: ExecutionContext) -> list[GraphQLError]:
    context: GraphQLContext = execution.context
    if context.is_expired:
        message = "The credential of this socket no longer holds: sign in again."
        return [GraphQLError(message, extensions={"code": "UNAUTHENTICATED"})]
    reads_schema = context.quote is not None and context.quote.reads_schema
    if reads_schema and not context.caller.may_read_schema:
        return [GraphQLError(_NO_INTROSPECTION, extensions={"code": "FORBIDDEN"})]
    is_told = context.told is not None
    is_subscription = execution.operation_type is OperationType.SUBSCRIPTION
    if is_subscription and context.sign_in is None and not is_told:
        return [bad_input("The results of a subscription cannot be sent as one answer.")]
    return check_scopes(execution.graphql_document, context.caller.principal.scopes)


def show_error(error: GraphQLError, request_id: str, logged: set[int]) -> GraphQLError:
    """Give the error as the caller may see it; log a fault unless it is among the logged."""
    cause = error.original_error
    if isinstance(cause, DomainError):
        return _replace(error, str(cause), {"code": _code(cause)})
    if isinstance(cause, _REQUEST_FAULTS) or _is_callers(error):
        return _with_code(error)
    cause = cause or error
    is_new = id(cause) not in logged  # one failed read shows in every field that waited for it
    logged.add(id(cause))
    path = ".".join(str(part) for part in error.path or ())
    if is_outage(cause):
        if is_new:
            trouble = type(cause).__name__
            log.warning("graphql_operation.unavailable", request_id=request_id, error=trouble)
        return _replace(error, OUTAGE, {"code": UNAVAILABLE, "requestId": request_id})
    if is_new:
        log.error("graphql_operation.failed", request_id=request_id, path=path, exc_info=cause)
    return _replace(error, "Internal error", {"code": "INTERNAL", "requestId": request_id})


def is_unavailable(result: CoreResult | ExecutionResult) -> bool:
    """Tell whether the database was away while this was made: it must not count as delivered."""
    codes = ((error.extensions or {}).get("code") for error in result.errors or ())
    return UNAVAILABLE in codes


def has_ended(result: CoreResult | ExecutionResult) -> bool:
    """Tell whether it is no result of an operation but the reason why there are no more of them."""
    errors = result.errors or ()
    return result.data is None and bool(errors) and all(error.path is None for error in errors)


def _is_callers(error: GraphQLError) -> bool:
    """An error at a field without a code of ours tells that we answered what cannot be shown."""
    if not isinstance(error.original_error, GraphQLError | None):
        return False
    return error.path is None or "code" in (error.extensions or {})


def _with_code(error: GraphQLError) -> GraphQLError:
    is_syntax = isinstance(error, GraphQLSyntaxError)
    code = "GRAPHQL_PARSE_FAILED" if is_syntax else "GRAPHQL_VALIDATION_FAILED"
    error.extensions = {"code": code, **(error.extensions or {})}
    return error


def _code(refusal: DomainError) -> str:
    code = code_of(refusal)
    return code.value if code in _SHARED_CODES else "BAD_USER_INPUT"


def _replace(error: GraphQLError, message: str, extensions: dict[str, object]) -> GraphQLError:
    return GraphQLError(message, error.nodes, path=error.path, extensions=extensions)
