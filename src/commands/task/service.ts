// `integrate_service` as a task.
import { Fault } from "../../lib/fault.ts";
import { NOTHING_MADE } from "../../tasks/settle.ts";
import type { Carrier } from "./carrier.ts";

export const serviceCarrier: Carrier = {
  make: async () => NOTHING_MADE,
  prove: async () => {
    throw new Fault("unsupported", "services are not there yet");
  },
};
