// The rules of snake: a field with a border, a snake that always goes on, and food that makes it longer. Knows no screen: what a
// step changes is in the fields `added`, `removed` and `food`, as places. Nothing is allocated while it runs.

/** A place is row × WIDTH + column. */
export const WIDTH: i32 = 38;
export const HEIGHT: i32 = 18;
const PLACES: i32 = WIDTH * HEIGHT;
const START_LENGTH: i32 = 4;

export const enum Direction {
  Up,
  Right,
  Down,
  Left,
}

export const enum Step {
  Moved,
  Ate,
  /** Into the border or into itself. */
  Died,
  /** No place is left for food. */
  Won,
}

export class Snake {
  score: i32 = 0;
  food: i32 = -1;
  /** Where the head has come to, and where the tail was (-1: it stayed). */
  added: i32 = -1;
  removed: i32 = -1;
  private direction: Direction = Direction.Right;
  /** The direction that the next step takes. */
  private turned: Direction = Direction.Right;
  /** The snake's places, in a ring: the tail is first. */
  private body: StaticArray<i16> = new StaticArray<i16>(PLACES);
  private taken: StaticArray<bool> = new StaticArray<bool>(PLACES);
  private tail: i32 = 0;
  length: i32 = 0;

  /** @param random any number: it places the first food */
  constructor(random: u32) {
    const start = (HEIGHT / 2) * WIDTH + WIDTH / 4;
    for (let i = 0; i < START_LENGTH; i++) this.grow(start + i);
    this.placeFood(random);
  }

  /** The place of a part, from 0 at the tail. */
  partAt(index: i32): i32 {
    return this.body[(this.tail + index) % PLACES];
  }

  /** Turns; back into itself it can't. */
  turn(direction: Direction): void {
    if (((direction + 2) & 3) != this.direction) this.turned = direction;
  }

  /** Goes on by one place. `random` places the next food. */
  step(random: u32): Step {
    this.direction = this.turned;
    const head = this.partAt(this.length - 1);
    const next = this.placeAfter(head);
    const eats = next == this.food;
    this.removed = -1;
    if (next >= 0 && !eats) this.shrink(); // the tail goes first: its place is free for the head
    if (next < 0 || this.taken[next]) return Step.Died;
    this.grow(next);
    if (!eats) return Step.Moved;
    this.score++;
    if (this.length == PLACES) return Step.Won;
    this.placeFood(random);
    return Step.Ate;
  }

  /** The place in front of the head; below 0 in the border. */
  private placeAfter(head: i32): i32 {
    const column = head % WIDTH;
    if (this.direction === Direction.Left) return column == 0 ? -1 : head - 1;
    if (this.direction === Direction.Right) return column == WIDTH - 1 ? -1 : head + 1;
    if (this.direction === Direction.Up) return head - WIDTH;
    return head + WIDTH < PLACES ? head + WIDTH : -1;
  }

  private grow(place: i32): void {
    this.body[(this.tail + this.length) % PLACES] = place as i16;
    this.length++;
    this.taken[place] = true;
    this.added = place;
  }

  private shrink(): void {
    this.removed = this.partAt(0);
    this.taken[this.removed] = false;
    this.tail = (this.tail + 1) % PLACES;
    this.length--;
  }

  /** The first free place from a random one on. */
  private placeFood(random: u32): void {
    let place = (random % PLACES) as i32;
    while (this.taken[place]) place = (place + 1) % PLACES;
    this.food = place;
  }
}
