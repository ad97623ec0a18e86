// The serial lines as terminals, one in front: what the guest sends is shown, what is typed is sent.

import "@xterm/xterm/css/xterm.css";
import "./serial.css";
import { computed, useSignal } from "@preact/signals";
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { useEffect, useRef } from "preact/hooks";
import type { Session } from "../state/session.ts";
import { isDark } from "../state/settings.ts";
import { word } from "../words/words.ts";

const PORTS = [0, 1];
const FONT_SIZE = 12;
const COLOURS = computed(() =>
  isDark.value
    ? { background: "#16191c", foreground: "#dfe3e6", cursor: "#3ecf9b", selectionBackground: "#37505f" }
    : { background: "#ffffff", foreground: "#1b1f23", cursor: "#08795a", selectionBackground: "#bfdcec" },
);

export function Serial({ session }: { session: Session }) {
  const port = useSignal(0);
  return (
    <div class="serial">
      <div class="serial-ports" role="toolbar" aria-label={word("serial")}>
        {PORTS.map((number) => (
          <button
            key={number}
            type="button"
            class="chip"
            aria-pressed={number === port.value}
            onClick={() => {
              port.value = number;
            }}
          >
            {word("serialLine", { number: number + 1 })}
          </button>
        ))}
      </div>
      <Line key={port.value} session={session} port={port.value} />
    </div>
  );
}

function Line({ session, port }: { session: Session; port: number }) {
  const place = useRef<HTMLDivElement>(null);
  const colours = COLOURS.value;
  const terminal = useRef<Terminal>();
  useEffect(() => {
    if (!place.current) return;
    const screen = new Terminal({
      fontFamily: '"JetBrains Mono Variable", monospace',
      fontSize: FONT_SIZE,
      convertEol: true,
      theme: colours,
      screenReaderMode: true,
    });
    terminal.current = screen;
    const fit = new FitAddon();
    screen.loadAddon(fit);
    screen.open(place.current);
    screen.onData((text) => session.client.tell("send", port, new TextEncoder().encode(text)));
    const stop = session.listenSerial((from, bytes) => {
      if (from === port) screen.write(bytes);
    });
    // What another machine said is not this one's.
    const clear = session.plan.subscribe(() => screen.reset());
    screen.write(session.serialOutput[port]);
    const sizes = new ResizeObserver(() => fit.fit());
    sizes.observe(place.current);
    return () => {
      stop();
      clear();
      sizes.disconnect();
      screen.dispose();
    };
  }, [session, port]);
  useEffect(() => {
    if (terminal.current) terminal.current.options.theme = colours;
  }, [colours]);
  return <div ref={place} class="serial-line" />;
}
