"""Takes the price of each operation before it runs, and gives back what it did not need."""

from collections.abc import AsyncIterator, Iterator

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult

from resolvers.budget import Balance
from schema.context import GraphQLContext
from schema.scalars import print_date_time


class Spending(SchemaExtension):
    """Refuses what costs more than the caller's bucket holds; tells the cost with each answer."""

    _requested: int | None = None
    _actual = 0
    _balance: Balance | None = None

    async def on_validate(self) -> AsyncIterator[None]:
        """Take the price of a valid document, for these variables."""
        execution = self.execution_context
        context: GraphQLContext = execution.context
        has_paid = context.told is not None  # with its subscription
        budget = None if has_paid else context.caller.budget
        if budget is not None and not execution.pre_execution_errors and context.quote is not None:
            self._requested = context.quote.most.given(execution.variables or {})
            if self._requested > budget.most:
                execution.pre_execution_errors = [_too_costly(self._requested, budget.most)]
            else:
                self._actual = self._requested
                self._balance = await budget.take(context.caller.principal, self._requested)
                if not self._balance.was_enough:
                    self._actual = 0
                    execution.pre_execution_errors = [_wait(self._requested, self._balance)]
        yield

    def on_execute(self) -> Iterator[None]:
        """Count what was returned; a subscription goes on and keeps its price."""
        yield
        context: GraphQLContext = self.execution_context.context
        quote, budget = context.quote, context.caller.budget
        if self._balance is None or self._requested is None or quote is None or budget is None:
            return
        self._actual = min(self._requested, quote.least + context.tally.objects)
        if self._actual < self._requested:
            budget.give_back(context.caller.principal, self._requested - self._actual)

    def get_results(self) -> dict[str, object]:
        """Give what stands in `extensions` of the answer."""
        if self._requested is None:
            return {}
        cost: dict[str, object] = {"requested": self._requested, "actual": self._actual}
        balance = self._balance
        if balance is not None:
            if balance.was_enough:
                balance = balance.plus(self._requested - self._actual)
            cost["remaining"] = int(balance.remaining)
            cost["resetAt"] = print_date_time(balance.reset_at)
        return {"cost": cost}


def _too_costly(points: int, most: int) -> GraphQLError:
    message = (
        f"The operation may cost {points} points, and {most} is the most that one may cost:"
        " ask for fewer objects at a time."
    )
    return GraphQLError(message, extensions={"code": "QUERY_TOO_COMPLEX"})


def _wait(points: int, balance: Balance) -> GraphQLError:
    seconds = balance.seconds_until(points)
    message = (
        f"The operation may cost {points} points, and {int(balance.remaining)} are left:"
        f" try again in {seconds} seconds."
    )
    extensions = {"code": "RATE_LIMITED", "retryAfter": seconds}
    return GraphQLError(message, extensions=extensions)


def must_wait(result: ExecutionResult) -> int:
    """Give how many seconds later the caller may come again; 0 where nothing was refused."""
    codes = (error.extensions or {} for error in result.errors or () if error.path is None)
    return next((int(it["retryAfter"]) for it in codes if it.get("code") == "RATE_LIMITED"), 0)
