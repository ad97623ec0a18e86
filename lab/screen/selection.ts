// Selecting text on the screen with the mouse, as in a terminal: a run of cells from one to another, words and lines by double and
// triple click. Pure: cells in, cells out.

export interface Cell {
  column: number;
  row: number;
}

/** From one cell to another, both included, in the order of reading. */
export interface Selection {
  first: Cell;
  last: Cell;
}

export type Unit = "cell" | "word" | "line";

const before = (a: Cell, b: Cell) => a.row < b.row || (a.row === b.row && a.column <= b.column);

/** The selection between where the mouse went down and where it is, grown to whole words or lines. */
export function selectionOf(
  anchor: Cell,
  head: Cell,
  unit: Unit,
  lines: readonly string[],
  columns: number,
): Selection {
  const [first, last] = before(anchor, head) ? [anchor, head] : [head, anchor];
  if (unit === "line") return { first: { column: 0, row: first.row }, last: { column: columns - 1, row: last.row } };
  if (unit === "cell") return { first, last };
  return { first: edgeOfWord(first, -1, lines, columns), last: edgeOfWord(last, 1, lines, columns) };
}

/** What stands at the edge of a word is neither blank nor a bracket, quote or comma: paths and addresses stay whole. */
function edgeOfWord(from: Cell, direction: 1 | -1, lines: readonly string[], columns: number): Cell {
  const line = lines[from.row] ?? "";
  const isWord = (column: number) => /[^\s()[\]{}<>"'`,;│║]/.test(line[column] ?? " ");
  let { column } = from;
  if (!isWord(column)) return from;
  while (column + direction >= 0 && column + direction < columns && isWord(column + direction)) column += direction;
  return { column, row: from.row };
}

/** The columns of one row that are selected: [from, to), empty when from is not before to. */
export function selectedColumns({ first, last }: Selection, row: number, columns: number): [number, number] {
  if (row < first.row || row > last.row) return [0, 0];
  return [row === first.row ? first.column : 0, row === last.row ? last.column + 1 : columns];
}

/** The selected text; blanks at the ends of lines are not part of it. */
export function textOf(selection: Selection, lines: readonly string[], columns: number): string {
  const rows: string[] = [];
  for (let row = selection.first.row; row <= selection.last.row; row++) {
    const [from, to] = selectedColumns(selection, row, columns);
    rows.push((lines[row] ?? "").slice(from, to).trimEnd());
  }
  return rows.join("\n");
}
