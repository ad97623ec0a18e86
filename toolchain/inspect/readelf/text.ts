// How readelf fits names into columns.

/** A name that is longer than its column ends in `[...]`. */
export function shorten(name: string, width: number): string {
  return name.length <= width ? name : `${name.slice(0, width - 5)}[...]`;
}

/** "1 entry", "2 entries". */
export function entries(count: number): string {
  return count === 1 ? "1 entry" : `${count} entries`;
}
