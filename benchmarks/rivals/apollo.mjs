// node apollo.mjs PORT DATABASE_URL ACCOUNT_ID
import { ApolloServer } from "@apollo/server";
import { expressMiddleware } from "@as-integrations/express5";
import express from "express";
import { context, resolvers, typeDefs } from "./api.mjs";

const server = new ApolloServer({ typeDefs, resolvers });
await server.start();
const app = express();
app.use("/graphql", express.json(), expressMiddleware(server, { context: async () => context() }));
app.get("/healthz", (_, response) => response.send("ok"));
app.listen(Number(process.argv[2]), "127.0.0.1");
