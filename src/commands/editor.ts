import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context, Environment } from "./context.ts";

/** What an editor needs to run as its owner set it up, and nothing of ours: no key, no connection. */
const NEEDED =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_.*|TZ|TERM|TERMINFO|COLORTERM|COLUMNS|LINES|EDITOR|VISUAL|VIM.*|NVIM.*|EMACS.*|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_.*|DBUS_SESSION_BUS_ADDRESS|TMPDIR|WSL.*|SYSTEMROOT|SYSTEMDRIVE|PATHEXT|COMSPEC|TEMP|TMP|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMFILES.*|WINDIR)$/i;

/**
 * Lets the person edit a text in $VISUAL or $EDITOR. The file is readable by its owner only and gone afterwards.
 * Undefined where the editor could not be started or ended with an error; what it was is told.
 */
export async function editText(
  { ui, env }: Context,
  name: string,
  text: string,
): Promise<string | undefined> {
  const command = editorOf(env);
  const dir = await mkdtemp(join(tmpdir(), "ainstein-cms-edit-"));
  const file = join(dir, name);
  try {
    await writeFile(file, text, { mode: 0o600, flag: "wx" });
    const kept = Object.entries(env).filter(([key, value]) => value !== undefined && NEEDED.test(key));
    const status = await ui.attend(command, file, Object.fromEntries(kept));
    if (status === 0) return await readFile(file, "utf8");
    const why = status === undefined ? "could not be started" : `ended with ${status}`;
    ui.note(`The editor (${command}) ${why}; nothing was taken. $EDITOR names another.`);
    return undefined;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function editorOf({ VISUAL = "", EDITOR = "", SYSTEMROOT }: Environment): string {
  if (VISUAL !== "") return VISUAL;
  if (EDITOR !== "") return EDITOR;
  return SYSTEMROOT === undefined ? "vi" : "notepad";
}
