// Starts the service and ends it: exit 2 for what its owner must set right, 1 for what may pass by itself.
import { buildApp } from "./app.js";
import { ConfigError, readConfig } from "./config.js";
import { openStore } from "./store.js";

const DRAIN_MS = 8000;
/** Nothing is lost by then: what was not answered was not promised, and messages wait in the database. */
const LONGEST_MS = 20_000;

function giveUp(message, code) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

function configuration() {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return giveUp(error.message, 2);
  }
}

async function checkDatabase(store) {
  const lacking = await store.lacks().catch((error) => giveUp(`DATABASE_URL: ${error.message}`, 1));
  if (lacking !== undefined)
    giveUp(`The database is not up to date (${lacking}): run \`node migrate.js up\``, 2);
}

const config = configuration();
const broken = (error) => app?.log.warn({ err: error }, "database connection lost");
const store = openStore({ url: config.databaseUrl, onError: broken });
let app;
await checkDatabase(store);
app = await buildApp({ config, store });

// The framework's own line is kept back: the one below tells the same once.
app.log.level = "silent";
const url = await app
  .listen({ port: config.port, host: config.host })
  .catch((error) => giveUp(`HOST, PORT: ${error.message}`, 2));
app.log.level = config.logLevel;
app.log.info({ url }, "listening");

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, async () => {
    app.log.info({ signal }, "closing");
    // Connections are kept for a next request that will not come; who has not been answered in time is cut off.
    setInterval(() => app.server.closeIdleConnections(), 100).unref();
    setTimeout(() => app.server.closeAllConnections(), DRAIN_MS).unref();
    setTimeout(() => giveUp("Something did not end in time, and was cut off.", 1), LONGEST_MS).unref();
    await app.close();
    process.exit(0);
  });
}
