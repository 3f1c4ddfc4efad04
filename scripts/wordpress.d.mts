/** A site that runs on 127.0.0.1 and is gone after `stop`, or when the process that started it is gone. */
export interface WordPress {
  /** `http://127.0.0.1:<port>`, which is also the site's home. */
  readonly url: string;
  /** `<url>/wp-json` */
  readonly api: string;
  /**
   * Private directory; the site's files are in `site/`, its must-use plug-ins in `site/wp-content/mu-plugins/`. With `fpm`
   * each line of `access.log` is a request: its end in seconds since 1970, seconds it took, method, status, address.
   */
  readonly dir: string;
  readonly version: string;
  /** Application passwords by login. The password of the login form is `<login>-pass`. */
  readonly users: Readonly<Record<"admin" | "ed" | "auth" | "contrib" | "sub", string>>;
  /** Runs PHP inside WordPress as its administrator, without `<?php`, and returns what it printed. Throws when it fails. */
  php(code: string): Promise<string>;
  stop(): Promise<void>;
}

export interface WordPressOptions {
  /** A free one by default. */
  readonly port?: number;
  /** Requests served at one time, 4 by default. */
  readonly workers?: number;
  /** `php` (default) is PHP's own server, `fpm` is nginx with PHP-FPM. */
  readonly server?: "php" | "fpm";
  /** Directory in which the private one is made: the system's temporary directory by default. */
  readonly parent?: string;
  /** An unpacked WordPress of any version; Debian's by default. */
  readonly source?: string;
  /** Must-use plug-ins: file name -> PHP source. */
  readonly plugins?: Readonly<Record<string, string>>;
  /** More lines for wp-config.php, e.g. `WP_ENVIRONMENT_TYPE`. */
  readonly constants?: Readonly<Record<string, string | number | boolean>>;
}

/** Boots a fresh site with five users, one per role. Throws, naming the packages to install when some are missing. */
export function startWordPress(options?: WordPressOptions): Promise<WordPress>;
