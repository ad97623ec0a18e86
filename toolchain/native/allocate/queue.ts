// A priority queue: a binary heap with the greatest key on top; of equal keys, the one that came first.

export class Queue<Item> {
  private readonly heap: { item: Item; key: number; turn: number }[] = [];
  private turns = 0;

  constructor(private readonly keyOf: (item: Item) => number) {}

  push(item: Item): void {
    const { heap } = this;
    let at = heap.push({ item, key: this.keyOf(item), turn: this.turns++ }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isAbove(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  pop(): Item | undefined {
    const { heap } = this;
    if (heap.length === 0) return undefined;
    this.swap(0, heap.length - 1);
    const top = heap.pop();
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let above = at;
      if (left < heap.length && this.isAbove(left, above)) above = left;
      if (right < heap.length && this.isAbove(right, above)) above = right;
      if (above === at) return top?.item;
      this.swap(at, above);
      at = above;
    }
  }

  private isAbove(a: number, b: number): boolean {
    const [x, y] = [this.heap[a], this.heap[b]];
    return x.key !== y.key ? x.key > y.key : x.turn < y.turn;
  }

  private swap(a: number, b: number): void {
    [this.heap[a], this.heap[b]] = [this.heap[b], this.heap[a]];
  }
}
