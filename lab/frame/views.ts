// The views that stand around the screen, and where. A further view is one entry here and a component of its own, loaded when it is
// first looked at. Places: `left` (the editor), `below` (tabs under the screen), `bottom` (over the whole width).

import type { ComponentType } from "preact";
import type { Session } from "../state/session.ts";
import type { WordKey } from "../words/words.ts";

export type Place = "left" | "below" | "bottom";

export interface View {
  /** Its name in what is kept and in the address. */
  id: string;
  title: WordKey;
  place: Place;
  load(): Promise<ComponentType<{ session: Session }>>;
}

export const views: readonly View[] = [
  {
    id: "timeline",
    title: "timeline",
    place: "bottom",
    load: async () => (await import("../timeline/timeline.tsx")).Timeline,
  },
  { id: "editor", title: "editor", place: "left", load: async () => (await import("../editor/editor.tsx")).Editor },
  {
    id: "threads",
    title: "threads",
    place: "below",
    load: async () => (await import("../inspect/threads.tsx")).Threads,
  },
  { id: "cpu", title: "cpu", place: "below", load: async () => (await import("../inspect/cpu.tsx")).Cpu },
  {
    id: "memory",
    title: "memoryView",
    place: "below",
    load: async () => (await import("../inspect/memory.tsx")).Memory,
  },
  { id: "tables", title: "tables", place: "below", load: async () => (await import("../inspect/tables.tsx")).Tables },
  {
    id: "devices",
    title: "devices",
    place: "below",
    load: async () => (await import("../devices/devices.tsx")).Devices,
  },
  {
    id: "events",
    title: "events",
    place: "below",
    load: async () => (await import("../devices/events.tsx")).Events,
  },
  { id: "serial", title: "serial", place: "below", load: async () => (await import("../serial/serial.tsx")).Serial },
  { id: "log", title: "log", place: "below", load: async () => (await import("../serial/log.tsx")).Log },
];

export function viewsAt(place: Place): readonly View[] {
  return views.filter((view) => view.place === place);
}
