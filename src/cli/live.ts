import type { Ora } from "ora";
import type { Live } from "../report/progress.ts";

/**
 * One line at the bottom of a terminal that is rewritten in place. While it is shown, ora takes everything else
 * written to stdout and stderr past it. The spinner's code is loaded when a line is first shown.
 */
export function createLive(stream: NodeJS.WriteStream, colour: boolean): Live {
  let wanted: string | undefined;
  let spinner: Ora | undefined;
  let loading = false;

  async function load(): Promise<void> {
    loading = true;
    const { default: ora } = await import("ora");
    spinner = ora({ stream, discardStdin: false, color: colour ? "cyan" : false, isEnabled: true });
    if (wanted !== undefined) spinner.start(wanted);
  }

  return {
    show(text) {
      wanted = text;
      if (spinner === undefined) {
        if (!loading) void load();
      } else if (spinner.isSpinning) spinner.text = text;
      else spinner.start(text);
    },
    hide() {
      wanted = undefined;
      spinner?.stop();
    },
  };
}
