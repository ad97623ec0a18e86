// The time line: one row a thread, a bar where it ran, a mark where it began to wait for a lock, ticks for interrupts. The right edge is
// now; a person drags to look back, turns the wheel to see more or less time, and points at a bar to read what it is.

import "./timeline.css";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { debuggingOf, workspaceOf } from "../editor/desk.ts";
import { fieldsOf } from "../inspect/layouts.ts";
import type { Session } from "../state/session.ts";
import { isDark } from "../state/settings.ts";
import { word } from "../words/words.ts";
import { History, type KernelPlaces, type Span, tracePoints } from "./history.ts";
import { drawTimeline, ROW_HEIGHT, type Row, type TimeWindow, timeAt } from "./painter.ts";

const SHORTEST_NS = 20_000;
const LONGEST_NS = 60e9;
const FIRST_WINDOW_NS = 1e9;

export function Timeline({ session }: { session: Session }) {
  const lines = debuggingOf(session).lines.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const history = useRef(new History());
  const said = useSignal("");
  /** Undefined end: it follows the machine. */
  const view = useRef<{ length: number; end: number | undefined }>({ length: FIRST_WINDOW_NS, end: undefined });
  const places = placesOf(session);

  useEffect(() => {
    history.current.clear();
    if (!places) return;
    session.client.tell("setTrace", tracePoints(places));
    const stop = session.listenTrace((events) => history.current.add(events));
    return () => {
      stop();
      session.client.tell("setTrace", []);
    };
  }, [session, lines, session.plan.value]);

  useEffect(() => {
    let frame = 0;
    const draw = () => {
      if (canvas.current) {
        drawTimeline(canvas.current, windowOf(), rowsOf(history.current), history.current);
      }
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [isDark.value]);

  const windowOf = (): TimeWindow => {
    const { length, end } = view.current;
    return { end: end ?? session.status.value.timeNs, length };
  };

  if (!places) return <p class="timeline-empty">{word("noTimeline")}</p>;
  const onMove = (event: PointerEvent & { currentTarget: HTMLCanvasElement }) => {
    const { currentTarget, buttons, movementX, offsetX, offsetY } = event;
    const now = windowOf();
    if (buttons === 1) {
      const end = now.end - (movementX / currentTarget.clientWidth) * now.length;
      view.current.end = end >= session.status.value.timeNs ? undefined : Math.max(end, 0);
    }
    const row = rowsOf(history.current)[Math.floor(offsetY / ROW_HEIGHT)];
    const time = timeAt(now, currentTarget.clientWidth, offsetX);
    const span =
      row && history.current.spans.find((one) => one.thread === row.thread && one.start <= time && time <= one.end);
    said.value = row ? describe(row, span, time) : "";
  };
  return (
    <section class="timeline" aria-label={word("timeline")}>
      <canvas
        ref={canvas}
        class="timeline-canvas"
        role="img"
        aria-label={word("timelineText", { count: history.current.spans.length })}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onMove}
        onWheel={(event) => {
          event.preventDefault();
          const factor = event.deltaY > 0 ? 1.25 : 0.8;
          view.current.length = Math.min(LONGEST_NS, Math.max(SHORTEST_NS, view.current.length * factor));
        }}
      />
      <div class="timeline-bar">
        <output class="timeline-said figure">{said.value === "" ? word("timelineHint") : said.value}</output>
        <button
          type="button"
          class="link"
          onClick={() => {
            view.current.end = undefined;
          }}
        >
          {word("timelineNow")}
        </button>
      </div>
    </section>
  );
}

function describe({ name }: Row, span: Span | undefined, time: number): string {
  const at = (time / 1e6).toFixed(3);
  if (!span) return word("timelineAt", { name, time: at });
  const length = ((span.end - span.start) / 1e6).toFixed(3);
  const why = { ready: "endReady", lock: "endLock", blocked: "endBlocked", dead: "endDead" } as const;
  return word("timelineSpan", {
    name,
    time: (span.start / 1e6).toFixed(3),
    length,
    instructions: span.instructions,
    end: word(why[span.endedBy]),
  });
}

/** A row for every thread that ran, in the order of its first run; one that is gone keeps its row. */
function rowsOf({ spans, running, names }: History): Row[] {
  const threads = new Set(spans.map(({ thread }) => thread));
  if (running) threads.add(running.thread);
  return [...threads].map((thread) => ({ thread, name: names.get(thread) ?? word("threadNumber", { id: thread }) }));
}

/** Undefined: what runs has not the places of a MiniOS kernel, or they are not known. */
function placesOf(session: Session): KernelPlaces | undefined {
  const lines = debuggingOf(session).lines.value;
  const textOf = (path: string) => workspaceOf().textOf(path) ?? "";
  const thread = fieldsOf(textOf("kernel/thread/thread.ts"), "KernelThread");
  const frame = fieldsOf(textOf("kernel/platform/pc/interruptFrame.ts"), "InterruptFrame");
  const switchContext = lines?.addressOfLabel("switchContext");
  const interrupt = lines?.addressOfFunction("kernel/trap/interrupt");
  const current = lines?.addressOfData("kernel/thread/scheduler/current");
  const idOffset = thread?.get("id")?.offset;
  const nameOffset = thread?.get("nameAddress")?.offset;
  const stateOffset = thread?.get("state")?.offset;
  const wantedMutexOffset = thread?.get("wantedMutex")?.offset;
  const vectorOffset = frame?.get("vector")?.offset;
  if (switchContext === undefined || interrupt === undefined || current === undefined) return undefined;
  if (idOffset === undefined || nameOffset === undefined) return undefined;
  if (stateOffset === undefined || wantedMutexOffset === undefined || vectorOffset === undefined) return undefined;
  return { switchContext, interrupt, current, idOffset, nameOffset, stateOffset, wantedMutexOffset, vectorOffset };
}
