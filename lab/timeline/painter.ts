// Draws the time line on a canvas, in the page's colours.

import type { History, SpanEnd } from "./history.ts";

export interface Row {
  thread: number;
  name: string;
}

/** What is seen: nanoseconds of guest time. */
export interface TimeWindow {
  end: number;
  length: number;
}

export const ROW_HEIGHT = 20;
const IDLE = "idle";
const NAMES_WIDTH = 96;
const BAR_HEIGHT = 10;
const AXIS_HEIGHT = 16;
const PIC_FIRST = 0x20;
const PIC_LAST = 0x2f;
/** Fewer pixels than this between lines of the axis would be a fence. */
const SMALLEST_STEP = 80;

export function timeAt({ end, length }: TimeWindow, width: number, x: number): number {
  return end - length + ((x - NAMES_WIDTH) / (width - NAMES_WIDTH)) * length;
}

export function drawTimeline(
  canvas: HTMLCanvasElement,
  view: TimeWindow,
  rows: readonly Row[],
  history: History,
): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  if (!context) return;
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(name);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = `12px ${colour("--mono")}`;
  context.textBaseline = "middle";
  const start = view.end - view.length;
  const x = (time: number) => NAMES_WIDTH + ((time - start) / view.length) * (width - NAMES_WIDTH);

  drawAxis(context, view, x, height, { line: colour("--line"), text: colour("--ink-soft") });
  context.save();
  context.beginPath();
  context.rect(NAMES_WIDTH, 0, width - NAMES_WIDTH, height - AXIS_HEIGHT);
  context.clip();
  context.fillStyle = colour("--line-strong");
  for (const { time, vector } of history.interrupts) {
    if (time < start || time > view.end || vector < PIC_FIRST || vector > PIC_LAST) continue;
    context.fillRect(Math.round(x(time)), height - AXIS_HEIGHT - 5, 1, 5);
  }
  const rowOf = new Map(rows.map(({ thread }, at) => [thread, at]));
  const bar = (thread: number, from: number, to: number) => {
    const row = rowOf.get(thread) ?? 0;
    const left = x(Math.max(from, start));
    context.fillRect(left, row * ROW_HEIGHT + (ROW_HEIGHT - BAR_HEIGHT) / 2, Math.max(1, x(to) - left), BAR_HEIGHT);
    return row;
  };
  // The idle thread has nothing to do: it stands back.
  const colourOf = (thread: number) => colour(history.names.get(thread) === IDLE ? "--line" : "--accent");
  for (const { thread, start: from, end, endedBy } of history.spans) {
    if (end < start || from > view.end) continue;
    context.fillStyle = colourOf(thread);
    const row = bar(thread, from, end);
    drawEnd(context, endedBy, x(end), row * ROW_HEIGHT + ROW_HEIGHT / 2, colour("--ink"));
  }
  if (history.running) {
    context.fillStyle = colourOf(history.running.thread);
    bar(history.running.thread, history.running.since, view.end);
  }
  context.restore();
  context.fillStyle = colour("--ink");
  rows.forEach(({ name }, at) => {
    if ((at + 1) * ROW_HEIGHT < height - AXIS_HEIGHT)
      context.fillText(name, 12, at * ROW_HEIGHT + ROW_HEIGHT / 2, NAMES_WIDTH - 16);
  });
}

/** By shape, not by colour: a lock's wait ends in a thick bar, another wait in nothing, the end of the thread in a cross. */
function drawEnd(context: CanvasRenderingContext2D, end: SpanEnd, x: number, y: number, ink: string): void {
  context.fillStyle = ink;
  context.strokeStyle = ink;
  if (end === "lock") context.fillRect(x - 1, y - 7, 3, 14);
  if (end !== "dead") return;
  context.beginPath();
  context.moveTo(x - 3, y - 3);
  context.lineTo(x + 3, y + 3);
  context.moveTo(x - 3, y + 3);
  context.lineTo(x + 3, y - 3);
  context.stroke();
}

interface AxisColours {
  line: string;
  text: string;
}

function drawAxis(
  context: CanvasRenderingContext2D,
  { end, length }: TimeWindow,
  x: (time: number) => number,
  height: number,
  { line, text }: AxisColours,
): void {
  const start = end - length;
  const pixelsPerNs = (x(end) - x(start)) / length;
  const step = stepOf(SMALLEST_STEP / pixelsPerNs);
  for (let time = Math.ceil(Math.max(0, start) / step) * step; time <= end; time += step) {
    const at = Math.round(x(time)) + 0.5;
    context.strokeStyle = line;
    context.beginPath();
    context.moveTo(at, 0);
    context.lineTo(at, height - AXIS_HEIGHT);
    context.stroke();
    context.fillStyle = text;
    context.fillText(timeText(time, step), at + 4, height - AXIS_HEIGHT / 2);
  }
}

/** The least of 1, 2, 5 × 10ⁿ nanoseconds that is at least so much. */
export function stepOf(leastNs: number): number {
  const power = 10 ** Math.floor(Math.log10(leastNs));
  const factor = [1, 2, 5, 10].find((one) => one * power >= leastNs) ?? 10;
  return factor * power;
}

export function timeText(ns: number, stepNs: number): string {
  if (stepNs >= 1e9) return `${Math.round(ns / 1e9)} s`;
  if (stepNs >= 1e6) return `${(ns / 1e9).toFixed(stepNs >= 1e8 ? 1 : stepNs >= 1e7 ? 2 : 3)} s`;
  return `${(ns / 1e6).toFixed(stepNs >= 1e5 ? 1 : stepNs >= 1e4 ? 2 : 3)} ms`;
}
