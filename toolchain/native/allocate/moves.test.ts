import { describe, expect, it } from "vitest";
import { Random } from "../testing/random.ts";
import { type Move, orderMoves, type Place, type Source } from "./moves.ts";

const key = (place: Source): string =>
  "register" in place ? `r${place.register}` : "frame" in place ? `f${place.frame}` : "";

/** Does the ordered moves one after the other. */
function run(moves: Move[], start: Map<string, number>): Map<string, number> {
  const state = new Map(start);
  const stack: number[] = [];
  const read = (source: Source): number => ("constant" in source ? source.constant : (state.get(key(source)) ?? -1));
  for (const move of orderMoves(moves)) {
    if (move.kind === "move") {
      expect("frame" in move.to && "frame" in move.from).toBe(false);
      state.set(key(move.to), read(move.from));
    } else if (move.kind === "push") stack.push(read(move.from));
    else if (move.kind === "pop") state.set(key(move.to), stack.pop() ?? -1);
    else {
      const [a, b] = [`r${move.a}`, `r${move.b}`];
      const old = state.get(a) ?? -1;
      state.set(a, state.get(b) ?? -1);
      state.set(b, old);
    }
  }
  expect(stack).toEqual([]);
  return state;
}

describe("parallel moves", () => {
  const places: Place[] = [0, 1, 2, 3, 6, 7].map((register): Place => ({ register }));
  for (const frame of [-4, -8, -12, 8]) places.push({ frame });
  const start = new Map(places.map((place, i) => [key(place), 100 + i]));

  it("exchanges two registers without a third", () => {
    const swap: Move[] = [
      { to: { register: 0 }, from: { register: 1 } },
      { to: { register: 1 }, from: { register: 0 } },
    ];
    expect(orderMoves(swap)).toEqual([{ kind: "exchange", a: 0, b: 1 }]);
  });

  it("gives what moving at once gives, whatever goes where", () => {
    const random = new Random(7);
    for (let round = 0; round < 3000; round++) {
      const targets = places.filter(() => random.below(2) === 0);
      const moves = targets.map((to): Move => {
        const from = random.below(8) === 0 ? { constant: random.below(50) } : random.pick(places);
        return { to, from };
      });
      const state = run(moves, start);
      for (const place of places) {
        const move = moves.find(({ to }) => to === place);
        const want = !move
          ? start.get(key(place))
          : "constant" in move.from
            ? move.from.constant
            : start.get(key(move.from));
        expect(state.get(key(place))).toBe(want);
      }
    }
  });
});
