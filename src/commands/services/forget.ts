// `services forget`: a person who asks for it is removed from what is kept here to be sent.
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { Fault } from "../../lib/fault.ts";
import { forgetOccurrence, listKept } from "../../store/occurrences.ts";
import type { Args, Context } from "../context.ts";
import { switchFlag } from "../flags.ts";
import { unpacked } from "./queue.ts";

/** Here alone: what a provider has already stays there. */
export async function forget(context: Context, args: Args): Promise<ExitCode> {
  const { ui } = context;
  const address = args.positionals[0]?.trim().toLowerCase() ?? "";
  if (!/^[^\s@]+@[^\s@]+$/.test(address)) {
    throw new Fault("usage", "Whom? Name the e-mail address of the person.", {
      code: "services.no-address",
      hint: "ainstein-cms services forget ada@example.com",
    });
  }
  const store = context.store();
  const theirs = await about(context, address);
  const question = `Remove ${theirs.length} of this person, and send none of them?`;
  const agreed = theirs.length === 0 || switchFlag(args, "yes") || (await ui.confirm(question, "--yes"));
  if (!agreed) return EXIT.usage;
  for (const id of theirs) forgetOccurrence(store, id);
  // Deleted rows must not stay in the database's file.
  if (theirs.length > 0) store.compact();
  ui.record({ type: "forgotten", occurrences: theirs.length });
  ui.out(theirs.length === 0 ? "Nothing of this person is kept here to be sent" : `${theirs.length} removed`);
  ui.note("What services were sent before is with their providers: ask for it there.");
  return EXIT.done;
}

async function about(context: Context, address: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const id of listKept(context.store())) {
    const fields = Object.values((await unpacked(context, id)) ?? {});
    if (fields.some((value) => names(String(value).toLowerCase(), address))) found.push(id);
  }
  return found;
}

/** Whether a text holds the address as a whole: nada@example.com is somebody else than ada@example.com. */
function names(text: string, address: string): boolean {
  for (let at = text.indexOf(address); at >= 0; at = text.indexOf(address, at + 1)) {
    const begins = !/[\p{L}\p{N}._%+-]$/u.test(text.slice(Math.max(0, at - 2), at));
    const rest = text.slice(at + address.length, at + address.length + 3);
    const ends = !/^(?:[\p{L}\p{N}-]|\.[\p{L}\p{N}])/u.test(rest);
    if (begins && ends) return true;
  }
  return false;
}
