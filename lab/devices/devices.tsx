// The devices' registers, one kind at a time: pictures where there is something to see, figures beside them.

import "../inspect/inspect.css";
import "./devices.css";
import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import type { DeviceState } from "../../pc/bus.ts";
import { useLook } from "../inspect/look.ts";
import type { Session } from "../state/session.ts";
import { type WordKey, word } from "../words/words.ts";
import { Disks } from "./disks.tsx";
import { Interrupts } from "./interrupts.tsx";
import { ClockPanel, KeyboardPanel, SerialPanel, Timers } from "./panels.tsx";
import { Video } from "./video.tsx";

export interface PanelProps {
  session: Session;
  /** By the devices' names. */
  states: Record<string, DeviceState>;
}

const PANELS: readonly [title: WordKey, panel: ComponentType<PanelProps>][] = [
  ["interrupts", Interrupts],
  ["timers", Timers],
  ["keyboardDevice", KeyboardPanel],
  ["clock", ClockPanel],
  ["disks", Disks],
  ["video", Video],
  ["serialDevice", SerialPanel],
];

export function Devices({ session }: { session: Session }) {
  const front = useSignal<WordKey>("interrupts");
  const states = useLook(session, () => session.client.call("devices"));
  const Panel = PANELS.find(([title]) => title === front.value)?.[1];
  return (
    <div class="inspect devices">
      <div class="tables-bar" role="toolbar" aria-label={word("devices")}>
        {PANELS.map(([title]) => (
          <button
            key={title}
            type="button"
            class="chip"
            aria-pressed={title === front.value}
            onClick={() => {
              front.value = title;
            }}
          >
            {word(title)}
          </button>
        ))}
      </div>
      {!states ? (
        <p class="inspect-empty">{word("noMachineYet")}</p>
      ) : Object.keys(states).length === 0 ? (
        <p class="inspect-empty">{word("noDevices")}</p>
      ) : (
        Panel && <Panel session={session} states={states} />
      )}
    </div>
  );
}
