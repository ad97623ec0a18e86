// The panels of the smaller devices: timer, keyboard controller, clock, serial lines.

import { hex } from "../inspect/look.ts";
import { type WordKey, word } from "../words/words.ts";
import type { PanelProps } from "./devices.tsx";
import { Bits, Card, Fact, Facts } from "./parts.tsx";
import {
  decodeClock,
  decodeKeyboard,
  decodePit,
  decodeSerial,
  type KeyboardLook,
  type PitCounterLook,
} from "./registers.ts";

const COUNTERS: readonly WordKey[] = ["counterTick", "counterRefresh", "counterSpeaker"];
const MODES: readonly WordKey[] = [
  "counterMode0",
  "counterMode1",
  "counterMode2",
  "counterMode3",
  "counterMode4",
  "counterMode5",
];

export function Timers({ states: { pit } }: PanelProps) {
  if (!pit) return null;
  return (
    <div class="panel cards">
      {decodePit(pit).counters.map((counter, n) => (
        <Counter key={COUNTERS[n]} title={word(COUNTERS[n])} counter={counter} />
      ))}
    </div>
  );
}

function Counter({ title, counter }: { title: string; counter: PitCounterLook }) {
  const { mode, reload, count, hz, gate, out } = counter;
  const level = (isHigh: boolean) => word(isHigh ? "high" : "low");
  return (
    <Card title={title}>
      <div class="gauge" aria-hidden="true">
        <div
          class="gauge-fill"
          style={{ width: `${reload === undefined ? 0 : Math.min(100, (100 * count) / reload)}%` }}
        />
      </div>
      <Facts>
        <Fact name={word("counterMode")}>{word(MODES[mode])}</Fact>
        <Fact name={word("counterReload")}>{reload ?? word("notLoaded")}</Fact>
        <Fact name={word("counterCount")}>{count}</Fact>
        <Fact name={word("counterRate")}>{hz === undefined ? "–" : `${hz.toFixed(hz < 1000 ? 2 : 0)} Hz`}</Fact>
        <Fact name={word("counterLines")}>{`${level(gate)}, ${level(out)}`}</Fact>
      </Facts>
    </Card>
  );
}

export function KeyboardPanel({ states: { i8042 } }: PanelProps) {
  if (!i8042) return null;
  const { status, command, outputBuffer, isWaiting, a20, leds, scanSet, held } = decodeKeyboard(i8042);
  return (
    <div class="panel cards">
      <Card title="8042">
        <Facts>
          <Fact name={word("statusRegister")}>
            <Bits bits={status} />
          </Fact>
          <Fact name={word("commandByte")}>
            <Bits bits={command} />
          </Fact>
          <Fact name={word("outputBuffer")}>
            {word(isWaiting ? "isWaiting" : "isRead", { value: hex(outputBuffer, 2) })}
          </Fact>
          <Fact name={word("a20Gate")}>{word(a20 ? "open" : "shut")}</Fact>
        </Facts>
      </Card>
      <Card title={word("keyboardDevice")}>
        <Facts>
          <Fact name={word("lamps")}>
            <Lamps leds={leds} />
          </Fact>
          <Fact name={word("scanSet")}>{scanSet}</Fact>
          <Fact name={word("keysDown")}>
            {held.length === 0 ? word("none") : held.map((key) => <kbd key={key}>{key}</kbd>)}
          </Fact>
        </Facts>
      </Card>
    </div>
  );
}

function Lamps({ leds: { numLock, capsLock, scrollLock } }: { leds: KeyboardLook["leds"] }) {
  const bits = [
    { name: "Num", isSet: numLock },
    { name: "Caps", isSet: capsLock },
    { name: "Scroll", isSet: scrollLock },
  ];
  return <Bits bits={bits} />;
}

export function ClockPanel({ states: { rtc } }: PanelProps) {
  if (!rtc) return null;
  const look = decodeClock(rtc);
  const { time, registerB, registerC, periodicHz, floppies, baseKb, extendedKb, bootOrder, index, cmos } = look;
  return (
    <div class="panel cards">
      <Card title={time}>
        <Facts>
          <Fact name={word("periodic")}>{periodicHz === undefined ? word("off") : `${periodicHz} Hz`}</Fact>
          <Fact name={word("registerB")}>
            <Bits bits={registerB} />
          </Fact>
          <Fact name={word("registerC")}>
            <Bits bits={registerC} />
          </Fact>
          <Fact name={word("floppyTypes")}>{`A ${floppies[0]}, B ${floppies[1]}`}</Fact>
          <Fact name={word("memoryNoted")}>{word("memorySizes", { base: baseKb, extended: extendedKb })}</Fact>
          <Fact name={word("bootOrder")}>{[...bootOrder].join(" → ")}</Fact>
        </Facts>
      </Card>
      <section class="card card-bytes" aria-label={word("cmosBytes")}>
        <p class="card-note">{word("cmosBytes")}</p>
        <div class="bytes">
          {Array.from(cmos, (byte, at) => (
            <span key={at} class="cmos-byte" data-here={at === index} title={`${hex(at, 2)}h`}>
              {hex(byte, 2)}
            </span>
          ))}
        </div>
      </section>
    </div>
  );
}

const LINES: readonly [name: string, state: string][] = [
  ["COM1", "uart 3f8"],
  ["COM2", "uart 2f8"],
];

export function SerialPanel({ states }: PanelProps) {
  return (
    <div class="panel cards">
      {LINES.map(([name, state]) => {
        if (!states[state]) return null;
        const { baud, frame, divisor, lcr, modem, interrupts, hasFifo, received } = decodeSerial(states[state]);
        return (
          <Card key={name} title={`${name} · ${state.slice(-3)}h`}>
            <Facts>
              <Fact name={word("baud")}>{word("baudOf", { baud: Math.round(baud), frame })}</Fact>
              <Fact name={word("divisor")}>{divisor}</Fact>
              <Fact name={word("lineControl")}>{hex(lcr, 2)}</Fact>
              <Fact name={word("modemControl")}>
                <Bits bits={modem} />
              </Fact>
              <Fact name={word("interruptEnable")}>
                <Bits bits={interrupts} />
              </Fact>
              <Fact name={word("fifo")}>{word(hasFifo ? "on" : "off")}</Fact>
              <Fact name={word("received")}>{word("bytesUnread", { count: received })}</Fact>
            </Facts>
          </Card>
        );
      })}
    </div>
  );
}
