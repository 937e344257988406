"""How operations ended and how long they took, for whoever runs the service."""

import time
from collections.abc import Iterator

from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from schema.context import GraphQLContext
from schema.execution import UNAVAILABLE


class Metering(SchemaExtension):
    """Tells the meter of each operation: what kind it was and how it ended, never what it said."""

    def on_operation(self) -> Iterator[None]:
        """Measure from the document to the answer; how long a subscription lives tells nothing."""
        begun = time.perf_counter()
        yield
        execution = self.execution_context
        context: GraphQLContext = execution.context
        if context.request is None or context.told is not None:
            return  # the subscription was counted when it was handed over
        kind = _kind(execution)
        seconds = None if kind == "subscription" else time.perf_counter() - begun
        context.request.meter.operation_ended(kind, _outcome(execution), seconds)


def _kind(execution: ExecutionContext) -> str:
    try:
        kind: OperationType = execution.operation_type
    except Exception:  # noqa: BLE001 - the library has several, for what cannot be read
        return "unreadable"
    return kind.name.lower()


def _outcome(execution: ExecutionContext) -> str:
    """Give one of: answered (with `userErrors` too), refused, unavailable, failed."""
    result = execution.result
    errors: list[GraphQLError] = list(execution.pre_execution_errors or ())
    if isinstance(result, CoreResult | ExecutionResult):
        errors += result.errors or ()
    codes = {(error.extensions or {}).get("code") for error in errors}
    if "INTERNAL" in codes:
        return "failed"
    if UNAVAILABLE in codes:
        return "unavailable"
    return "refused" if errors else "answered"
