// node yoga.mjs PORT DATABASE_URL ACCOUNT_ID
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { context, resolvers, typeDefs } from "./api.mjs";

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  context,
  graphiql: false,
  healthCheckEndpoint: "/healthz",
  logging: false,
});
createServer(yoga).listen(Number(process.argv[2]), "127.0.0.1");
