// A kernel in TypeScript that says hello on the text screen, through an object that a constructor has set up.
// It is TypeScript as AssemblyScript compiles it: numbers have exact types, and load and store reach all of memory.

// The screen is memory: 25 rows of 80 characters, each with a byte for its code and one for its colours.
const SCREEN: usize = 0xb8000;
const COLUMNS: u32 = 80;
const ROWS: u32 = 25;
const LINE_FEED: i32 = 10;
const LOADER_MAGIC: u32 = 0x2badb002;

class Screen {
  private at: u32 = 0;

  constructor(private readonly colours: u32) {
    for (let i: u32 = 0; i < COLUMNS * ROWS; i++) this.put(i, 0x0720);
  }

  print(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === LINE_FEED) this.at += COLUMNS - (this.at % COLUMNS);
      else this.put(this.at++, (this.colours << 8) | (code & 0xff));
    }
  }

  private put(place: u32, cell: u32): void {
    store<u16>(SCREEN + 2 * (place as usize), cell as u16);
  }
}

// A global object: what stands here runs before kernelMain, when somebody calls it. In a kernel that is loader.s.
const screen = new Screen(0x0a);

export function kernelMain(magic: u32, _information: usize): void {
  screen.print("Hello from TypeScript!\n");
  screen.print("My screen was made by a constructor.\n");
  screen.print(magic === LOADER_MAGIC ? "A Multiboot loader started me.\n" : "Who started me?\n");
}

/** Where an `assert` that does not hold ends (see "abort" in minios.json): with a red mark in the corner, whatever else works. */
export function abort(_message: string | null, _file: string | null, _line: u32, _column: u32): void {
  store<u16>(SCREEN, 0x4f21);
  while (true) {}
}
