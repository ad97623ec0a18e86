// As much of a terminal as the painter's output needs: cells with their SGR state, cursor and modes. It refuses what it
// does not know, so a test notices a sequence that is malformed.

export class VtScreen {
  cells: { character: string; style: string }[][] = [];
  cursor = { row: 0, column: 0 };
  readonly modes = new Set<string>();
  private style = "";

  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {
    this.erase();
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of them
    for (const [token] of text.matchAll(/\x1b\[[?<=>]?[0-9;]*[A-Za-z]|[\s\S]/gu)) {
      if (token.startsWith("\x1b[")) this.control(token.slice(2, -1), token.slice(-1));
      else if (token < " ") throw new Error(`unexpected control character ${JSON.stringify(token)}`);
      else this.print(token);
    }
  }

  line(row: number): string {
    return this.cells[row].map(({ character }) => character).join("");
  }

  private print(character: string): void {
    if (this.cursor.column >= this.columns) throw new Error(`written behind column ${this.columns}`);
    this.cells[this.cursor.row][this.cursor.column] = { character, style: this.style };
    this.cursor.column++;
  }

  private control(parameters: string, final: string): void {
    if (final === "h") this.modes.add(parameters);
    else if (final === "l") this.modes.delete(parameters);
    else if (final === "m") this.style = parameters === "0" ? "" : parameters;
    else if (final === "J" && parameters === "2") this.erase();
    else if (final === "H") {
      const [row, column] = parameters.split(";").map(Number);
      if (!(row >= 1 && row <= this.rows && column >= 1 && column <= this.columns)) {
        throw new Error(`cursor to ${parameters} in a window of ${this.columns}x${this.rows}`);
      }
      this.cursor = { row: row - 1, column: column - 1 };
    } else throw new Error(`unknown sequence CSI ${parameters}${final}`);
  }

  private erase(): void {
    this.cells = Array.from({ length: this.rows }, () =>
      Array.from({ length: this.columns }, () => ({ character: " ", style: "" })),
    );
  }
}
