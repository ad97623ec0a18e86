// Moves that happen at once, put in an order that gives the same result. A place is written once but may be read often.
// Source: Hack, "Register Allocation for Programs in SSA Form" (2006), section 4.4, on parallel copies.

export type Place = { register: number } | { frame: number };
export type Source = Place | { constant: number };

export interface Move {
  to: Place;
  from: Source;
}

export type OrderedMove =
  | { kind: "move"; to: Place; from: Source }
  | { kind: "exchange"; a: number; b: number }
  | { kind: "push"; from: Place }
  | { kind: "pop"; to: Place };

export function samePlace(a: Source, b: Source): boolean {
  if ("register" in a) return "register" in b && a.register === b.register;
  if ("frame" in a) return "frame" in b && a.frame === b.frame;
  return "constant" in b && a.constant === b.constant;
}

export function orderMoves(moves: readonly Move[]): OrderedMove[] {
  const ordered: OrderedMove[] = [];
  let pending = moves.filter((move) => !samePlace(move.to, move.from));
  while (pending.length > 0) {
    const ready = pending.filter((move) => !pending.some((other) => other !== move && samePlace(other.from, move.to)));
    if (ready.length === 0) {
      pending = breakCycle(pending, ordered);
      continue;
    }
    // Constants last: until then their register may hold something that is still to be read.
    for (const move of ready) emitMove(move, ordered);
    pending = pending.filter((move) => !ready.includes(move));
  }
  return ordered;
}

/** There is no register to spare, so a move from memory to memory goes over the stack. */
function emitMove({ to, from }: Move, ordered: OrderedMove[]): void {
  if ("frame" in to && "frame" in from) ordered.push({ kind: "push", from }, { kind: "pop", to });
  else ordered.push({ kind: "move", to, from });
}

/** Every place that is written is also read: exchange two registers, or keep one value on the stack meanwhile. */
function breakCycle(pending: Move[], ordered: OrderedMove[]): Move[] {
  const between = pending.find(({ to, from }) => "register" in to && "register" in from);
  if (between && "register" in between.to && "register" in between.from) {
    const [a, b] = [between.to, between.from];
    ordered.push({ kind: "exchange", a: a.register, b: b.register });
    // Who wanted a's old value finds it in b now, and the other way round.
    return pending
      .filter((move) => move !== between)
      .map(({ to, from }) => ({ to, from: samePlace(from, a) ? b : samePlace(from, b) ? a : from }))
      .filter((move) => !samePlace(move.to, move.from));
  }
  const [first, ...rest] = pending;
  if ("constant" in first.from) throw new RangeError("a constant is no part of a cycle");
  ordered.push({ kind: "push", from: first.from });
  ordered.push(...orderMoves(rest));
  ordered.push({ kind: "pop", to: first.to });
  return [];
}
