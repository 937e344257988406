"""The GraphQL vocabulary: it translates between callers and resolvers and decides nothing."""
