"""What kind of operation a document holds, known from its first words."""

from graphql import GraphQLSyntaxError, Lexer, Source, Token, TokenKind

from schema.limits import MOST_TOKENS

_OPENING = frozenset({TokenKind.BRACE_L, TokenKind.PAREN_L, TokenKind.BRACKET_L})
_CLOSING = frozenset({TokenKind.BRACE_R, TokenKind.PAREN_R, TokenKind.BRACKET_R})


def is_subscription(document: str) -> bool:
    """Tell whether the first operation is a subscription; False for what cannot be read.

    The media type of the answer hangs on it, and so it must be known before anything runs.
    """
    lexer = Lexer(Source(document))
    try:
        for _ in range(MOST_TOKENS):
            first = lexer.advance()
            if first.kind is TokenKind.EOF or first.value != "fragment":
                return first.kind is TokenKind.NAME and first.value == "subscription"
            _skip_definition(lexer)
    except GraphQLSyntaxError:
        pass
    return False


def _skip_definition(lexer: Lexer) -> None:
    """Go on to the brace that closes what is open."""
    depth = 0
    for _ in range(MOST_TOKENS):
        token: Token = lexer.advance()
        depth += (token.kind in _OPENING) - (token.kind in _CLOSING)
        is_end = depth <= 0 and token.kind is TokenKind.BRACE_R
        if is_end or token.kind is TokenKind.EOF:
            return
