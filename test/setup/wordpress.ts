import { createServer } from "node:http";
import type { TestProject } from "vitest/node";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";

declare module "vitest" {
  export interface ProvidedContext {
    /** Address that starts the WordPress of this run when it is first asked, and runs PHP in it. */
    wordpressBroker: string;
  }
}

/**
 * Tests run in processes of their own and share one WordPress. It lives here, in the main process, is started by the
 * first test that asks (`sharedWordPress` in test/wordpress.ts) and costs a run without such tests nothing.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<WordPress> | undefined;
  const server = createServer((request, response) => {
    const answer = async (): Promise<string> => {
      started ??= startWordPress();
      const wordpress = await started;
      if (request.method !== "POST") return JSON.stringify(wordpress);
      let code = "";
      for await (const chunk of request.setEncoding("utf8")) code += String(chunk);
      return await wordpress.php(code);
    };
    answer().then(
      (text) => response.end(text),
      (error: unknown) => {
        response.statusCode = 500;
        response.end(error instanceof Error ? error.message : String(error));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the broker has no port");
  project.provide("wordpressBroker", `http://127.0.0.1:${address.port}`);
  return async () => {
    server.close();
    server.closeAllConnections();
    await (await started?.catch(() => undefined))?.stop();
  };
}
