import { EXIT } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import type { Command } from "./context.ts";
import { portFlag, switchFlag } from "./flags.ts";
import { SANDBOXES } from "./sandboxes.ts";

/** Serves until it is interrupted. Touches neither the database nor the vault. */
export const sandbox: Command = async (context, args) => {
  const platform = args.positionals[0] ?? "";
  const start = Object.hasOwn(SANDBOXES, platform) ? SANDBOXES[platform] : undefined;
  if (start === undefined) throw unknownPlatform(platform);
  const { ui, signal, clock } = context;
  const port = portFlag(args, "port") ?? 0;
  const running = await start({ port, empty: switchFlag(args, "empty"), clock }).catch((thrown: unknown) => {
    throw portFault(thrown, port);
  });
  try {
    const { url, connection, lines } = running;
    ui.record({ type: "sandbox", platform, url, connection });
    for (const line of lines) ui.out(line);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
  } finally {
    await running.close();
  }
  ui.out("The sandbox has ended; nothing of it is kept.");
  return EXIT.done;
};

function unknownPlatform(platform: string): Fault {
  const what = platform === "" ? "Which platform?" : `There is no sandbox of "${platform}".`;
  const [first = ""] = Object.keys(SANDBOXES);
  return new Fault("usage", `${what} There is one of: ${Object.keys(SANDBOXES).join(", ")}.`, {
    code: "no-sandbox",
    hint: `ainstein-cms sandbox ${first}`,
  });
}

function portFault(thrown: unknown, port: number): unknown {
  const code = (thrown as NodeJS.ErrnoException).code ?? "";
  if (code !== "EADDRINUSE" && code !== "EACCES") return thrown;
  return new Fault("usage", `Nothing can listen on port ${port} of 127.0.0.1 (${code}).`, {
    code: "port-taken",
    hint: "Choose another one with --port, or leave it out.",
  });
}
