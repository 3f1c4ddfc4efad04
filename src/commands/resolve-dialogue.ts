import type { Question } from "../engine/resolve.ts";
import type { Decision } from "../engine/resolve-settle.ts";
import type { Context } from "./context.ts";

export async function askPerson(_context: Context, _question: Question): Promise<Decision | "skip" | "quit"> {
  return "quit";
}
