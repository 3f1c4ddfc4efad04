// How a site is found and its credentials are made and checked when it is connected. Types only.
import type { Http } from "../http/http.ts";
import type { Probe } from "../http/probe.ts";
import type { Right } from "./contract.ts";

export interface Setup {
  /** The address is already the base URL that `discover` would find, so there is no need to look. */
  settled(address: string): boolean;
  /**
   * From any address a person types to the site behind it. Throws a fault that says what stands there instead, with
   * the cure.
   */
  discover(address: string, probe: Probe): Promise<FoundSite>;
  /** Throws the clearest `auth` fault that can be had when the site does not take the credentials. */
  verify(http: Http, site: FoundSite, credentials: Credentials): Promise<void>;
  /**
   * What no reading shows of the site at this base URL: throws where it takes writes from nobody, else gives what it
   * refuses this account. Changes nothing.
   */
  takesWrites?(http: Http, url: string): Promise<Refusals>;
}

export interface Refusals {
  readonly rights: readonly Right[];
  /** What is refused and how that is mended, one sentence each. */
  readonly notices: readonly string[];
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface FoundSite {
  /** What a connection stores: the base URL of the platform's interface, without final slash. */
  readonly url: string;
  readonly siteUrl: string;
  readonly title: string;
  /** What an operator should know, one sentence each. */
  readonly notes: readonly string[];
  /** The page of the site that makes credentials for a program. */
  readonly handOff: HandOff | undefined;
  /** Why no credentials can be made there, as far as can be known. Thrown where it matters. */
  readonly obstacle: Obstacle | undefined;
}

export interface Obstacle {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface HandOff {
  /** Whether the site sends a browser back to an address on this machine. */
  readonly returns: boolean;
  /** Address to open. Without `returnTo` the page shows the new password for copying. */
  page(appName: string, returnTo: string | undefined): string;
  /** The credentials out of the parameters it came back with. Throws `auth` when the person declined. */
  read(parameters: Readonly<Record<string, string>>): Credentials;
}
