// Keys that type no character, as single characters that stand for them in what a test types.

export const UP = "\u2191";
export const DOWN = "\u2193";
export const F10 = "\u2469";

/** By each PC's name: W3C codes for ours, QMP's for QEMU, X Window System's numbers for Bochs. */
export const SPECIAL_KEYS: Readonly<Record<string, { code: string; qemu: string; keysym: number }>> = {
  [UP]: { code: "ArrowUp", qemu: "up", keysym: 0xff52 },
  [DOWN]: { code: "ArrowDown", qemu: "down", keysym: 0xff54 },
  [F10]: { code: "F10", qemu: "f10", keysym: 0xffc7 },
};
