// A ring buffer of 16-bit values: an interrupt handler fills it and a thread empties it, or the other way round.
// `head` and `tail` count on without end; their difference is the number of values. All zero is an empty ring once
// `initialize` has told it where its values are.

/** Bytes of a Ring, without its values. */
export const RING_BYTES: i32 = 16;

@unmanaged
export class Ring {
  /** Address of the values. */
  private values: usize;
  private mask: u32;
  private head: u32;
  private tail: u32;

  /** `capacity` is a power of two; `values` has room for that many 16-bit values. */
  initialize(values: usize, capacity: u32): void {
    assert(capacity > 0 && popcnt<u32>(capacity) == 1, "a ring's capacity is a power of two");
    this.values = values;
    this.mask = capacity - 1;
    this.head = this.tail = 0;
  }

  get count(): u32 {
    return this.tail - this.head;
  }

  get isEmpty(): bool {
    return this.head == this.tail;
  }

  get isFull(): bool {
    return this.count > this.mask;
  }

  /** Adds a value at the end; false, and nothing changes, if the ring is full. */
  put(value: u16): bool {
    assert(this.values != 0, "the ring was not initialized");
    if (this.isFull) return false;
    store<u16>(this.values + ((this.tail & this.mask) << 1), value);
    this.tail++;
    return true;
  }

  /** Takes the oldest value; the ring must not be empty. */
  take(): u16 {
    assert(!this.isEmpty, "an empty ring has no oldest value");
    const value = load<u16>(this.values + ((this.head & this.mask) << 1));
    this.head++;
    return value;
  }
}
