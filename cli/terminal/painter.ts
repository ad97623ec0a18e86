// Turns the guest's text screen into the escape sequences that bring the terminal from the last frame to this one.
// Source: ECMA-48 (cursor, erase, SGR); the private modes are xterm's.

export interface Frame {
  columns: number;
  rows: number;
  /** CP437 code | attribute << 8 */
  cells: Uint16Array;
  cursor: { column: number; row: number; visible: boolean };
  /** Plain text for the last line of the window. */
  status: string;
}

export interface WindowSize {
  columns: number;
  rows: number;
}

/** The part of the guest's screen that the window shows. */
interface View {
  left: number;
  top: number;
  columns: number;
  rows: number;
}

const BEGIN_FRAME = "\x1b[?2026h";
const END_FRAME = "\x1b[?2026l";
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";

export class Painter {
  private painted?: Uint16Array;
  private view: View = { left: 0, top: 0, columns: 0, rows: 0 };
  private window: WindowSize = { columns: 0, rows: 0 };
  private status = "";
  private cursor = "";

  /**
   * @param attributes the SGR sequence of each attribute byte
   * @param glyphs the character of each CP437 code, one column wide
   */
  constructor(
    private readonly attributes: readonly string[],
    private readonly glyphs: readonly string[],
  ) {}

  /** The terminal's contents are unknown: the next frame is painted whole. */
  invalidate(): void {
    this.painted = undefined;
  }

  /** @returns what to write to the terminal; empty when nothing changed */
  paint(frame: Frame, window: WindowSize): string {
    const view = this.follow(frame, window);
    if (!sameView(view, this.view) || window.columns !== this.window.columns || window.rows !== this.window.rows) {
      this.painted = undefined;
    }
    this.view = view;
    this.window = { ...window };

    const whole = this.painted?.length !== frame.columns * frame.rows;
    let output = whole ? "\x1b[0m\x1b[2J" : "";
    output += this.paintCells(frame, whole ? undefined : this.painted);
    this.painted = frame.cells.slice();

    const status = statusLine(frame, view, window);
    if (whole || status !== this.status) output += `\x1b[${window.rows};1H\x1b[0;7m${status}\x1b[0m`;
    this.status = status;

    const cursor = cursorSequence(frame, view);
    if (output === "" && cursor === this.cursor) return "";
    this.cursor = cursor;
    return BEGIN_FRAME + (output === "" ? "" : HIDE_CURSOR + output) + cursor + END_FRAME;
  }

  /** Keeps the view where it was if the cursor is inside, else moves it just so far that it is. */
  private follow(frame: Frame, window: WindowSize): View {
    const columns = Math.min(frame.columns, window.columns);
    const rows = Math.max(0, Math.min(frame.rows, window.rows - 1));
    return {
      columns,
      rows,
      left: slide(this.view.left, columns, frame.cursor.column, frame.columns),
      top: slide(this.view.top, rows, frame.cursor.row, frame.rows),
    };
  }

  private paintCells(frame: Frame, before: Uint16Array | undefined): string {
    const { left, top, columns, rows } = this.view;
    let output = "";
    let attribute = -1;
    for (let row = 0; row < rows; row++) {
      const line = (top + row) * frame.columns + left;
      // Where the terminal's cursor stands; unknown after a character whose width terminals do not agree on.
      let at = -1;
      for (let column = 0; column < columns; column++) {
        const cell = frame.cells[line + column];
        if (before && before[line + column] === cell) continue;
        if (at !== column) output += `\x1b[${row + 1};${column + 1}H`;
        if (cell >> 8 !== attribute) {
          attribute = cell >> 8;
          output += this.attributes[attribute];
        }
        const glyph = this.glyphs[cell & 0xff];
        output += glyph;
        at = glyph >= " " && glyph <= "~" ? column + 1 : -1;
      }
    }
    return attribute >= 0 ? `${output}\x1b[0m` : output;
  }
}

function slide(start: number, size: number, wanted: number, total: number): number {
  if (size === 0) return 0;
  const low = Math.min(start, wanted);
  return Math.max(0, Math.min(Math.max(low, wanted - size + 1), total - size));
}

function sameView(a: View, b: View): boolean {
  return a.left === b.left && a.top === b.top && a.columns === b.columns && a.rows === b.rows;
}

function statusLine(frame: Frame, view: View, window: WindowSize): string {
  const cropped = view.columns < frame.columns || view.rows < frame.rows;
  const hint = cropped ? ` | enlarge the window to ${frame.columns}x${frame.rows + 1}` : "";
  return ` ${frame.status}${hint}`.padEnd(window.columns).slice(0, window.columns);
}

function cursorSequence(frame: Frame, view: View): string {
  const row = frame.cursor.row - view.top;
  const column = frame.cursor.column - view.left;
  const inside = row >= 0 && row < view.rows && column >= 0 && column < view.columns;
  if (!frame.cursor.visible || !inside) return HIDE_CURSOR;
  return `\x1b[${row + 1};${column + 1}H${SHOW_CURSOR}`;
}
