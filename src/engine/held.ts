import type { Connector } from "../connectors/contract.ts";
import { throwUnsent } from "../lib/fault.ts";
import type { StillHeld } from "../store/locks.ts";

/** The same, except that nothing is written to a site whose lock another run has taken over: its fault is thrown. */
export function onlyWhileHeld(connector: Connector, stillHeld: StillHeld): Connector {
  const guarded =
    <Args extends unknown[], Result>(write: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      try {
        stillHeld();
      } catch (thrown) {
        throwUnsent(thrown);
      }
      return write(...args);
    };
  const { remove, restore, terms, media } = connector;
  return {
    ...connector,
    create: guarded(connector.create),
    update: guarded(connector.update),
    ...(remove === undefined ? {} : { remove: guarded(remove) }),
    ...(restore === undefined ? {} : { restore: guarded(restore) }),
    ...(terms === undefined ? {} : { terms: { ...terms, create: guarded(terms.create) } }),
    ...(media === undefined ? {} : { media: { ...media, upload: guarded(media.upload) } }),
  };
}
