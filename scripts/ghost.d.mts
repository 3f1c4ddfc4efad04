/** A site that runs on 127.0.0.1 and is gone after `stop`, or when the process that started it is gone. It holds no post, no page and no tag. */
export interface Ghost {
  /** `http://127.0.0.1:<port>`, where it listens; the site's own address too unless another was given. */
  readonly url: string;
  /** E.g. `6.65.0`. */
  readonly version: string;
  /** Admin API key `id:secret` of a custom integration. */
  readonly key: string;
  /** Content API key of the same integration. */
  readonly contentKey: string;
  readonly owner: { readonly email: string; readonly password: string };
  /** Private directory; the site's files are in `content/`. */
  readonly dir: string;
  stop(): Promise<void>;
}

export interface GhostOptions {
  /** 5 or 6, the newest by default. */
  readonly version?: number;
  /** A free one by default. */
  readonly port?: number;
  /** The site's own address where it is reached by another one than it listens on, without a final slash. */
  readonly url?: string;
}

/** Directory outside the repository that holds installations: `AINSTEIN_TEST_CACHE`, else one in the user's cache directory. */
export function ghostCache(env?: Readonly<Record<string, string | undefined>>): string;

/** Versions whose installation is whole, oldest first. */
export function installedGhosts(): number[];

/** Starts a fresh copy of the prepared site. Throws, naming the command that installs it, where the version is not there. */
export function startGhost(options?: GhostOptions): Promise<Ghost>;
