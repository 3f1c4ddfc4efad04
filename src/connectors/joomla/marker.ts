// The create key stands in the article's note, where Joomla's search finds it. Pure.

const MARKER = /\s*\[ainstein:([0-9a-f-]{36})\]/;

/** Longer notes do not fit into Joomla's table. */
export const LONGEST_NOTE = 255;

/** Characters that the marker takes, with the space before it. */
export const MARKER_LENGTH = 48;

/** The note as its writer sees it. */
export const withoutMarker = (note: string) => note.replace(MARKER, "");

export const markerOf = (note: string) => MARKER.exec(note)?.[1];

export function withMarker(note: string, key: string | undefined): string {
  if (key === undefined) return note;
  return `${note}${note === "" ? "" : " "}[ainstein:${key}]`;
}
