/** The terminal as commands see it. The only implementation that touches a real one is built in src/cli. */
export interface Ui {
  /** A person can be asked: stdin and stderr are terminals, and neither --json nor --no-input was given. */
  readonly interactive: boolean;
  readonly json: boolean;
  readonly colour: boolean;
  /** Standard output is a terminal: tables may be drawn. Elsewhere they are tab-separated lines. */
  readonly terminal: boolean;
  /** Width of the terminal, 80 where there is none. */
  readonly columns: number;
  /** One line of result on stdout. */
  out(line: string): void;
  /** One line of diagnostics on stderr. Control characters of untrusted text must be removed before. */
  note(line: string): void;
  /** Takes off the line that moves, if there is one: a longer text follows. */
  calm(): void;
  /** One JSON line on stdout, with `"v":1` added. Does nothing without --json. */
  record(value: { readonly type: string } & Readonly<Record<string, unknown>>): void;
  /** These four throw a `usage` fault naming `instead` (what to pass on the command line) when nobody can be asked. */
  confirm(question: string, instead: string): Promise<boolean>;
  input(question: string, instead: string, fallback?: string): Promise<string>;
  secret(question: string, instead: string): Promise<string>;
  select<T extends string>(
    question: string,
    choices: readonly { readonly value: T; readonly name: string }[],
    instead: string,
  ): Promise<T>;
  /**
   * Runs a program that takes over the terminal, e.g. an editor, on a file; `command` may have arguments. `env` is all of its
   * environment. Its exit status; undefined where it could not be started.
   */
  attend(
    command: string,
    file: string,
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<number | undefined>;
  /** The whole of standard input, for `--password-stdin` and its like. */
  stdin(): Promise<string>;
}
