"""Each distinct document is parsed, measured and validated once, and kept while it is in use."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import NamedTuple

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from schema.cost import Quote, quote
from schema.limits import MOST_TOKENS, check_limits

#: How many documents a process keeps, and the longest one that it keeps, in characters.
MOST_DOCUMENTS, LONGEST_KEPT = 512, 16_384
#: A document with more faults than these is told of the first ones.
MOST_ERRORS = 5

#: The library adds these to its own rules; so does who replaces its validation.
_LIBRARY_RULES = (MaybeNullValidationRule, OneOfInputValidationRule)


class Kept(NamedTuple):
    """A valid document, and what it may cost."""

    document: DocumentNode
    quote: Quote


class KeptDocuments:
    """The documents used last, by their text. Only valid ones: a hostile one costs each time."""

    def __init__(self, *, most: int = MOST_DOCUMENTS, longest: int = LONGEST_KEPT) -> None:
        self._most = most
        self._longest = longest
        self._documents: OrderedDict[str, Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._documents)

    def find(self, text: str) -> Kept | None:
        """Give the document of this text, if it is kept."""
        kept = self._documents.get(text)
        if kept is not None:
            self._documents.move_to_end(text)
        return kept

    def keep(self, text: str, kept: Kept) -> None:
        """Keep a valid document; the one unused for longest gives way."""
        if len(text) > self._longest:
            return
        self._documents[text] = kept
        if len(self._documents) > self._most:
            self._documents.popitem(last=False)


_KEPT = KeptDocuments()


class Documents(SchemaExtension):
    """Refuses a document that is too large before the rules whose cost grows with it."""

    def on_operation(self) -> Iterator[None]:
        """Stop the lexer early."""
        self.execution_context.parse_options["max_tokens"] = MOST_TOKENS
        yield

    def on_parse(self) -> Iterator[None]:
        """Spare the parser what it has read before."""
        execution = self.execution_context
        kept = _KEPT.find(execution.query or "")
        if kept is not None:
            execution.graphql_document = kept.document
            execution.context.quote = kept.quote
            execution.pre_execution_errors = []  # it was found valid
        yield

    def on_validate(self) -> Iterator[None]:
        """Limits first; what passes all rules is kept."""
        execution = self.execution_context
        document = execution.graphql_document
        if execution.pre_execution_errors is None and document is not None:
            core = execution.schema._schema  # noqa: SLF001 - no other way
            errors = check_document(core, document, execution.validation_rules)
            execution.pre_execution_errors = errors
            operation = _operation_of(document)
            if not errors and operation is not None:
                price = quote(core, document, operation)
                execution.context.quote = price
                _KEPT.keep(execution.query or "", Kept(document, price))
        yield


def check_document(
    schema: GraphQLSchema, document: DocumentNode, rules: tuple[type[ASTValidationRule], ...]
) -> list[GraphQLError]:
    """Give what is wrong with the document; a limit that is exceeded is told without the rest."""
    return check_limits(document) or validate(
        schema,
        document,
        (*rules, *_LIBRARY_RULES),
        max_errors=MOST_ERRORS,
        hide_suggestions=True,
    )


def _operation_of(document: DocumentNode) -> OperationDefinitionNode | None:
    """Give the one operation; limits refuse a second one."""
    operations = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    return next(operations, None)
