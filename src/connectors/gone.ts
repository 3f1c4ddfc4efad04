// An entry that was to be written and is not there any more. Pure.
import { Fault, type FaultDetail } from "../lib/fault.ts";

/** Refuses the write; nothing was changed. */
export function goneFault(message: string, detail: Omit<FaultDetail, "code"> = {}): Fault {
  return new Fault("conflict", message, {
    hint: "run `ainstein-cms status` to see what became of it",
    ...detail,
    code: "gone",
  });
}
