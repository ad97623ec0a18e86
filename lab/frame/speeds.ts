// The stops of the speed slider: from one instruction a second, at which one can read along, to as fast as the guest's clock allows.

import { word } from "../words/words.ts";

/** Instructions a second; null: full speed. */
export const SPEEDS: readonly (number | null)[] = [1, 3, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, null];

export function stopOf(speed: number | null): number {
  const at = SPEEDS.indexOf(speed);
  return at < 0 ? SPEEDS.length - 1 : at;
}

export function speedText(speed: number | null): string {
  return speed === null ? word("fullSpeed") : word("perSecond", { count: countText(speed) });
}

/** 1, 100, 10 k, 1 M. */
function countText(count: number): string {
  if (count >= 1e6) return `${count / 1e6} M`;
  return count >= 1e4 ? `${count / 1e3} k` : String(count);
}
