// Whether an export of the record is as it was written, and whether the record here still holds what it held then.
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { canonicalJson, type JsonObject } from "../lib/json.ts";
import { verifiedLine, verifiedText } from "../report/audit.ts";
import { painter } from "../report/style.ts";
import { lostRows } from "../store/audit.ts";
import { type AuditRow, type ChainEnd, chainKey, startIn, verifyChain } from "../store/audit-chain.ts";
import { installationId } from "../store/meta.ts";
import { auditKey, noKey } from "./audit.ts";
import type { Args, Context } from "./context.ts";

const count = z.number().int().min(0);
const callShape = z.object({
  type: z.literal("call"),
  target: z.string(),
  chain: z.string(),
  n: count,
  row: z.record(z.string(), z.json()),
  key: z.string(),
  mac: z.string(),
});
const endShape = z.object({
  type: z.literal("end"),
  target: z.string(),
  installation: z.string(),
  chain: z.string(),
  last: count,
  mac: z.string(),
  key: z.string(),
  seal: z.string(),
});
const lineShape = z.discriminatedUnion("type", [callShape, endShape]);

interface Exported {
  readonly connection: string;
  readonly rows: AuditRow[];
  /** Undefined where the file has none: it was cut off, or holds a part of the record. */
  end: ({ readonly installation: string } & ChainEnd) | undefined;
}

/** A file of this size is in memory some three times. */
const MOST_BYTES = 256 * 1024 * 1024;

/** `history verify [connection] --file FILE`. */
export async function verifyExport(context: Context, args: Args, file: string): Promise<ExitCode> {
  const { ui } = context;
  const [only] = args.positionals;
  const chains = readExport(resolve(context.cwd, file));
  let exit: ExitCode = EXIT.done;
  for (const [chain, exported] of chains) {
    const { connection } = exported;
    if (only !== undefined && only !== connection) continue;
    const verified = await verifyOne(context, chain, exported);
    if (verified.flaws.length > 0) exit = EXIT.failed;
    ui.record(verifiedLine(connection, chain, exported.rows.at(-1)?.n ?? 0, verified));
    for (const line of verifiedText(connection, verified, painter(ui.colour))) ui.out(line);
  }
  if (chains.size === 0) ui.out("The file holds no rows of a record.");
  return exit;
}

/** Of another installation it can be told whether the file is as it was written, not what is kept there now. */
async function verifyOne(context: Context, chain: string, { rows, end }: Exported) {
  const own = installationId(context.store());
  const installation = end?.installation ?? own;
  const key = await auditKey(context, "ask", installation);
  if (key === undefined) throw noKey();
  const verified = verifyChain(chainKey(key, chain), startIn(rows), rows, end ?? NO_END);
  const lost = installation === own ? lostRows(context.store(), chain, rows) : [];
  return { ...verified, flaws: [...verified.flaws, ...lost], journal: [] };
}

const NO_END: ChainEnd = { last: 0, mac: "", key: "", seal: "" };

function readExport(path: string): ReadonlyMap<string, Exported> {
  const chains = new Map<string, Exported>();
  for (const [index, line] of textOf(path).split("\n").entries()) {
    if (line.trim() === "") continue;
    const { chain, target, ...said } = lineOf(line, path, index + 1);
    const exported = chains.get(chain) ?? { connection: target, rows: [], end: undefined };
    chains.set(chain, exported);
    if (said.type === "end") exported.end = said;
    else {
      const row = said.row as JsonObject;
      exported.rows.push({ n: said.n, text: canonicalJson(row), row, key: said.key, mac: said.mac });
    }
  }
  return chains;
}

function lineOf(line: string, path: string, number: number): z.infer<typeof lineShape> {
  try {
    return lineShape.parse(JSON.parse(line));
  } catch (cause) {
    throw new Fault("usage", `Line ${number} of ${path} is no row of a record.`, {
      code: "bad-export",
      cause,
      place: { file: path },
      hint: "Export with: ainstein-cms history calls --all --json > calls.jsonl",
    });
  }
}

function textOf(path: string): string {
  try {
    if (statSync(path).size <= MOST_BYTES) return readFileSync(path, "utf8");
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? "unreadable";
    throw new Fault("usage", `${path} cannot be read (${code}).`, {
      code: "unreadable",
      place: { file: path },
    });
  }
  throw new Fault("usage", `${path} is larger than ${MOST_BYTES / 1024 / 1024} MiB.`, {
    code: "too-large",
    place: { file: path },
    hint: "Export one connection at a time: ainstein-cms history calls <connection> --all --json",
  });
}
