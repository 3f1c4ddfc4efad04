import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { env } from "node:process";
import { expect, test } from "vitest";
import { freePort } from "../../../scripts/servers.mjs";
import { BODY_LIMIT, createReceiver } from "../../../src/commands/webhooks/receiver.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { openStore } from "../../../src/store/db.ts";
import { listEvents } from "../../../src/store/events.ts";
import { selfSigned } from "../../http/certificate.ts";
import { tempDir } from "../../store/programs.ts";
import { withoutWordPress } from "../../wordpress.ts";
import { keyed, type Sent, signed } from "./deliveries.ts";

/** The documented server, at other ports and with other files. */
function documented(dir: string, port: number, receiver: string): string {
  const page = readFileSync(new URL("../../../docs/webhooks.md", import.meta.url), "utf8");
  const [, server = ""] = /```nginx\n(.*?)```/s.exec(page) ?? [];
  const { cert, key } = selfSigned();
  writeFileSync(join(dir, "site.pem"), cert);
  writeFileSync(join(dir, "site.key"), key);
  return server
    .replace("listen 443 ssl", `listen 127.0.0.1:${port} ssl`)
    .replace(/\/etc\/ssl\/\S+\.pem/, join(dir, "site.pem"))
    .replace(/\/etc\/ssl\/\S+\.key/, join(dir, "site.key"))
    .replace("http://127.0.0.1:8787", receiver);
}

/** Ends with this process, however that ends. */
function startNginx(dir: string, server: string): { end(): Promise<void> } {
  const spool = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${dir}/${name};`,
  );
  const config = `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/log; events {}\nhttp { access_log off; ${spool.join(" ")}\n${server}}\n`;
  writeFileSync(join(dir, "nginx.conf"), config);
  const script = `nginx -e ${dir}/log -p ${dir} -c ${dir}/nginx.conf & cat >/dev/null; kill $!; wait`;
  const shell = spawn("sh", ["-c", script], {
    stdio: ["pipe", "ignore", "ignore"],
    env: { PATH: `${env.PATH ?? ""}:/usr/sbin` },
  });
  const ended = new Promise<void>((resolve) => shell.once("close", () => resolve()));
  return {
    end: () => {
      shell.stdin.end();
      return ended;
    },
  };
}

/** Status of the answer; 0 where nobody listens yet. */
function deliver(port: number, path: string, { headers, body }: Sent): Promise<number> {
  return new Promise((resolve) => {
    const options = { host: "127.0.0.1", port, path, method: "POST", headers, rejectUnauthorized: false };
    const sending = request(options, (answer) =>
      answer.resume().on("end", () => resolve(answer.statusCode ?? 0)),
    );
    sending.on("error", () => resolve(0));
    sending.end(body);
  });
}

test.skipIf(withoutWordPress)(
  "behind the documented nginx deliveries are taken over TLS, and nothing else gets through",
  async () => {
    const dir = tempDir();
    const store = openStore(tempDir());
    const ready = async () => {};
    const server = createReceiver({ store: () => store, clock: systemClock, keyed, ready, tell: () => {} });
    const receiver = await server.listen({ host: "127.0.0.1", port: 0 });
    const port = await freePort();
    const nginx = startNginx(dir, documented(dir, port, receiver));
    const genuine = signed("msg_1", { id: "7", title: "é" }, Date.now());
    let first = 0;
    for (let n = 0; n < 400 && first === 0; n += 1) {
      first = await deliver(port, "/webhooks/wp", genuine);
      if (first === 0) await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(first).toBe(200);
    expect(await deliver(port, "/webhooks/wp", { ...genuine, body: `${genuine.body} ` })).toBe(401);
    expect(await deliver(port, "/healthz", genuine)).toBe(404);
    expect(await deliver(port, "/webhooks/wp", { ...genuine, body: "x".repeat(BODY_LIMIT + 1) })).toBe(413);
    expect(listEvents(store, 10)).toMatchObject([{ key: "id:msg_1", entry: "7" }]);
    await server.close();
    expect(await deliver(port, "/webhooks/wp", genuine)).toBe(502);
    await nginx.end();
    store.close();
  },
);
