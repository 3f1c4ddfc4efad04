// What every fake of a self-hosted platform offers, so that one set of sweeps runs against them all.

/** What a site holds, without ids and times: equal for equal content, however it came to be there. One line each, sorted. */
export interface SiteCensus {
  readonly entries: readonly string[];
  readonly terms: readonly string[];
  readonly media: readonly string[];
}

export interface PlatformFake {
  /** Address that `connect --url` takes, without a final slash. */
  readonly url: string;
  /** The value of `AINSTEIN_CONNECTION_<NAME>` for this site, reached at `url` unless another address is given. */
  connection(url?: string): Readonly<Record<string, unknown>>;
  /** Secrets that no output may show. */
  readonly secrets: readonly string[];
  /** Answers from now on as a site that is reached at this address (a proxy before it). */
  reachedAt(url: string): void;
  census(): SiteCensus;
  /** Whether a request is what the platform counts as a change. */
  isWrite(request: { readonly method: string; readonly url: string; readonly body: string }): boolean;
  /** All requests since the start, oldest first. */
  readonly requests: readonly { readonly method: string; readonly url: string; readonly body: string }[];
  /** Somebody edits an entry of this slug in the platform's own screens. Throws where there is none. */
  edit(slug: string, change: { readonly title?: string; readonly body?: string }): void;
  close(): Promise<void>;
}
