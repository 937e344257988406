"""How customers of new exports are named in a company file."""

import strawberry

from domain.customer_mapping import CustomerMapping
from domain.guards import GuardCode
from resolvers.mapping import MappingWish, set_customer_mapping
from schema.connections import CompanyFile
from schema.context import Info
from schema.ids import expect_id
from schema.payloads import MutationPayload
from schema.positions import MutationInput
from schema.user_errors import mutation


@strawberry.input
class SetCustomerMappingInput(MutationInput):
    """How customers of new exports are to be named; changing it is not recommended."""

    company_file_id: strawberry.ID = strawberry.field(
        description="The company file whose mapping to set."
    )
    mapping: CustomerMapping = strawberry.field(description="What an invoice's customer becomes.")
    acknowledge: list[GuardCode] | None = strawberry.field(
        default=None,
        description="CUSTOMER_MAPPING_CHANGES, on the repeated call: the first one is answered with"
        " a warning and the number of transactions that were exported before.",
    )

    def to_domain(self) -> MappingWish:
        """Raise NotFound for an id that is none."""
        return MappingWish(
            company_file_id=expect_id(self.company_file_id, "CompanyFile", ("company_file_id",)),
            mapping=self.mapping,
            acknowledge=tuple(self.acknowledge or ()),
        )


@strawberry.type
class SetCustomerMappingPayload(MutationPayload):
    """The company file under its mapping, or why nothing changed."""

    company_file: CompanyFile | None = strawberry.field(default=None, description="As stored.")
    affected_transactions: int | None = strawberry.field(
        default=None,
        description="Invoices that the company file holds; they stay under the customers and jobs"
        " that they have.",
    )


@strawberry.type
class MappingMutations:
    """What an administrator chooses for a company file."""

    @mutation
    async def set_customer_mapping(
        self, info: Info, input: SetCustomerMappingInput
    ) -> SetCustomerMappingPayload | None:
        """Change how customers of new exports are named."""
        mapped = await set_customer_mapping(info.context.caller, input.to_domain())
        return SetCustomerMappingPayload(
            company_file=CompanyFile.of(mapped.company_file),
            affected_transactions=mapped.affected,
        )
