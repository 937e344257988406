"""The one schema of the service."""

from functools import cache

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.descriptions import describe
from schema.documents import Documents
from schema.execution import Admission, Masking, OwnContext, QuietSchema
from schema.leaves import LeafExecutor
from schema.metering import Metering
from schema.mutation import Mutation
from schema.permissions import name_permissions
from schema.query import Query
from schema.refusal_codes import name_refusals
from schema.scalars import SCALARS
from schema.scopes import name_scopes
from schema.spending import Spending
from schema.subscription import Subscription
from schema.trusted import Trust
from schema.user_errors import CONCRETE_ERRORS


@cache
def schema() -> strawberry.Schema:
    """Give the schema, built once per process."""
    built = QuietSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=CONCRETE_ERRORS,
        # From the outside in: what the last one adds, the first one sees.
        extensions=[Metering, Masking, OwnContext, Trust, Documents, Admission, Spending],
        execution_context_class=LeafExecutor,
        config=StrawberryConfig(
            # No sort_schema: sorting replaces the enum types by ones that give resolvers bare text.
            scalar_map=SCALARS,
            disable_field_suggestions=True,
        ),
    )
    describe(built)
    name_permissions(built._schema)  # noqa: SLF001 - no other way
    name_refusals(built._schema)  # noqa: SLF001 - no other way
    name_scopes(built._schema)  # noqa: SLF001 - no other way
    return built
