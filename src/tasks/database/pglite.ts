// PGlite: PostgreSQL within this process. It has one session, asks nobody for a password, and keeps nothing.
import { createServer, type Socket } from "node:net";
import type { PGliteInterface } from "@electric-sql/pglite";
import type { Connected, Row } from "./connection.ts";

export interface Pglite {
  /** As PostgreSQL says it: `18.6`. */
  readonly version: string;
  /** The one session. What it is set to holds for `serve`, too. */
  readonly session: Connected;
  /**
   * Where programs find it while `work` goes on: an address of 127.0.0.1, for one connection after another. Whoever
   * connects, by whatever name and password, has the rights that the session has.
   */
  serve<T>(work: (url: string) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Undefined where the package is not installed. */
export async function openPglite(): Promise<Pglite | undefined> {
  const loaded = await import("@electric-sql/pglite").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  });
  if (loaded === undefined) return undefined;
  // As other drivers, which leave it to the server what is a boolean.
  const database = await loaded.PGlite.create({ serializers: { [loaded.types.BOOL]: String } });
  const session = sessionOf(database);
  const [row] = await session.rows("SELECT current_setting('server_version') AS version");
  return {
    version: String(row?.version),
    session,
    serve: (work) => serve(database, work),
    close: () => session.close(),
  };
}

function sessionOf(database: PGliteInterface): Connected {
  return {
    rows: async (sql, values) => {
      if (values !== undefined) return (await database.query<Row>(sql, [...values])).rows;
      const results = await database.exec(sql);
      return (results.at(-1)?.rows ?? []) as readonly Row[];
    },
    close: () => database.close(),
  };
}

async function serve<T>(database: PGliteInterface, work: (url: string) => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    speak(socket, database);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  try {
    return await work(`postgresql://anybody:nothing@127.0.0.1:${port}/postgres?sslmode=disable`);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    // Of a program that was cut off in the middle.
    await database.exec("ROLLBACK");
  }
}

const TERMINATE = 0x58;

/** PostgreSQL's own protocol (version 3), message by message: PGlite takes none in parts. */
function speak(socket: Socket, database: PGliteInterface): void {
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  let turn = Promise.resolve();
  // It goes away: what it asked for is carried out, and nobody is told.
  socket.on("error", () => undefined);
  const answer = async (message: Buffer): Promise<void> => {
    if (message[0] === TERMINATE) socket.end();
    else socket.write(await database.execProtocolRaw(new Uint8Array(message)));
  };
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const size = sizeOf(rest, begun);
      if (size === undefined) return;
      const message = rest.subarray(0, size);
      rest = rest.subarray(size);
      begun = true;
      turn = turn.then(() => answer(message)).catch(() => void socket.destroy());
    }
  });
}

/** Of the first message, where it is there whole. The one that begins a connection has no letter before its length. */
function sizeOf(bytes: Buffer, begun: boolean): number | undefined {
  const at = begun ? 1 : 0;
  if (bytes.length < at + 4) return undefined;
  const size = at + bytes.readInt32BE(at);
  return bytes.length < size ? undefined : size;
}
