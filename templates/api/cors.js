// Which pages of other origins may call from a browser.
import cors from "@fastify/cors";
import { endpoints } from "./endpoints.js";

export async function addCors(app, { corsOrigins }) {
  await app.register(cors, {
    origin: corsOrigins,
    methods: [...new Set(endpoints.map(({ method }) => method))],
    allowedHeaders: ["content-type", "authorization", "x-api-key"],
    exposedHeaders: ["retry-after"],
    maxAge: 600,
  });
}
