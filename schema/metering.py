"""How operations ended and how long they took, for whoever runs the service.

A trace is told the name that a document gives its operation, and nothing else of the document.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext

from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from schema.context import GraphQLContext
from schema.execution import UNAVAILABLE


class Metering(SchemaExtension):
    """Tells meter and trace of each operation: its kind and how it ended, never what it said."""

    def on_operation(self) -> Iterator[None]:
        """Measure from the document to the answer; how long a subscription lives tells nothing."""
        execution = self.execution_context
        context: GraphQLContext = execution.context
        if context.request is None or context.told is not None:
            yield
            return  # the subscription was counted when it was handed over
        begun, tracer = time.perf_counter(), context.request.tracer
        with nullcontext() if tracer is None else tracer.operation() as span:
            yield
            kind, outcome = _kind(execution), _outcome(execution)
            if span is not None:
                span.told(kind, _name(execution), outcome, _ids(execution.context))
        seconds = None if kind == "subscription" else time.perf_counter() - begun
        context.request.meter.operation_ended(kind, outcome, seconds)


def _kind(execution: ExecutionContext) -> str:
    try:
        kind: OperationType = execution.operation_type
    except Exception:  # noqa: BLE001 - the library has several, for what cannot be read
        return "unreadable"
    return kind.name.lower()


def _name(execution: ExecutionContext) -> str | None:
    try:
        return execution.operation_name
    except Exception:  # noqa: BLE001 - as above
        return None


def _ids(context: GraphQLContext) -> Mapping[str, str]:
    account_id = context.caller.principal.account_id
    return {"account_id": str(account_id), "request_id": context.request_id}


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
