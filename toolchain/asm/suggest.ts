// "Did you mean …": the known name that is nearest to one that is not known.

const MAX_DISTANCE = 2;

/** The words to add to a message, or none when nothing is near. */
export function suggestion(name: string, known: Iterable<string>): string {
  let best: string | undefined;
  // A short name may differ less: of three letters two changed is another word.
  let limit = Math.min(MAX_DISTANCE, Math.floor((name.length + 1) / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= limit) continue;
    const distance = editDistance(name, candidate);
    if (distance >= limit) continue;
    limit = distance;
    best = candidate;
  }
  return best === undefined ? "" : `; did you mean '${best}'?`;
}

/** Letters to insert, delete, change or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(change, last[j] + 1, row[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.length];
}
