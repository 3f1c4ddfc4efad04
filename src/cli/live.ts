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
  let holders = 0;

  async function load(): Promise<void> {
    loading = true;
    const { default: ora } = await import("ora");
    spinner = ora({ stream, discardStdin: false, color: colour ? "cyan" : false, isEnabled: true });
    draw();
  }

  function draw(): void {
    if (wanted === undefined || holders > 0) spinner?.stop();
    else if (spinner === undefined) {
      if (!loading) void load();
    } else if (spinner.isSpinning) spinner.text = wanted;
    else spinner.start(wanted);
  }

  return {
    show(text) {
      wanted = text;
      draw();
    },
    refresh(text) {
      if (wanted === undefined) return;
      wanted = text;
      draw();
    },
    hide() {
      wanted = undefined;
      draw();
    },
    hold() {
      let held = true;
      holders += 1;
      wanted = undefined;
      draw();
      return () => {
        if (held) holders -= 1;
        held = false;
        draw();
      };
    },
  };
}
