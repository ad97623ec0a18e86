import { beforeEach, describe, expect, it } from "vitest";
import { I8042 } from "./i8042.ts";
import { keyNames } from "./scan-codes.ts";
import { ProbeLine, TestBench, typeText } from "./testbench.ts";

let bench: TestBench;
let irq: ProbeLine;
let a20: ProbeLine;
let resets: number;
let controller: I8042;

beforeEach(() => {
  bench = new TestBench();
  irq = new ProbeLine();
  a20 = new ProbeLine();
  resets = 0;
  controller = bench.add(new I8042({ clock: bench.clock, irq, a20, resetCpu: () => resets++ }));
});

/** Lets the keyboard send, and reads what comes, as an interrupt handler would. */
function drain(limit = 100): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < limit; i++) {
    bench.advance(1_500_000); // two bytes come as one where F0h is translated
    if ((bench.in(0x64) & 1) === 0) break;
    bytes.push(bench.in(0x60));
  }
  return bytes;
}

function setCommandByte(value: number): void {
  bench.out(0x64, 0x60);
  bench.out(0x60, value);
}

function type(text: string): void {
  for (const stroke of typeText(text)) controller.keyboard.strike(stroke);
}

describe("8042 commands", () => {
  it("passes its self-test and sets the system flag", () => {
    bench.out(0x64, 0xaa);
    expect(bench.in(0x64) & 0x05).toBe(0x05);
    expect(bench.in(0x60)).toBe(0x55);
    expect(bench.in(0x64) & 0x01).toBe(0);
    bench.out(0x64, 0xab);
    expect(bench.in(0x60)).toBe(0x00);
  });

  it("keeps the command byte and the rest of its RAM", () => {
    setCommandByte(0x47);
    bench.out(0x64, 0x20);
    expect(bench.in(0x60)).toBe(0x67); // bit 5 stays: there is no auxiliary port
    bench.out(0x64, 0x7f);
    bench.out(0x60, 0x5a);
    bench.out(0x64, 0x3f);
    expect(bench.in(0x60)).toBe(0x5a);
  });

  it("tells commands from data in the status register", () => {
    bench.out(0x64, 0xae);
    expect(bench.in(0x64) & 0x08).toBe(0x08);
    bench.out(0x60, 0xee);
    expect(bench.in(0x64) & 0x08).toBe(0);
  });

  it("opens and closes A20 by its output port", () => {
    expect(a20.level).toBe(true);
    bench.out(0x64, 0xd1);
    bench.out(0x60, 0xdd);
    expect(a20.level).toBe(false);
    bench.out(0x64, 0xd0);
    expect(bench.in(0x60) & 0x03).toBe(0x01);
    bench.out(0x64, 0xdf);
    expect(a20.level).toBe(true);
    bench.out(0x64, 0xdd);
    expect(a20.level).toBe(false);
  });

  it("resets the processor by FEh and by the output port", () => {
    bench.out(0x64, 0xff);
    expect(resets).toBe(0);
    bench.out(0x64, 0xfe);
    expect(resets).toBe(1);
    bench.out(0x64, 0xd1);
    bench.out(0x60, 0xde);
    expect(resets).toBe(2);
  });

  it("says that there is no mouse", () => {
    bench.out(0x64, 0xa9);
    expect(bench.in(0x60)).not.toBe(0x00);
    bench.out(0x64, 0xd4);
    bench.out(0x60, 0xff);
    expect(bench.in(0x64) & 0x61).toBe(0x61);
    expect(bench.in(0x60)).toBe(0xfe);
  });

  it("puts a byte into the output buffer as if from the keyboard", () => {
    bench.out(0x64, 0xd2);
    bench.out(0x60, 0x1e);
    expect(irq.level).toBe(true);
    expect(bench.in(0x60)).toBe(0x1e);
    expect(irq.level).toBe(false);
  });
});

describe("keyboard through the controller", () => {
  it("sends set 1 codes by translation, an interrupt for each", () => {
    controller.keyboard.press("KeyA");
    controller.keyboard.release("KeyA");
    expect(irq.level).toBe(false);
    bench.advance(660_000);
    expect(irq.level).toBe(true);
    expect(controller.keyboard.idle).toBe(false);
    expect(drain()).toEqual([0x1e, 0x9e]);
    expect(irq.risingEdges).toBe(2);
    expect(controller.keyboard.idle).toBe(true);
  });

  it("sends set 2 codes without translation", () => {
    setCommandByte(0x01);
    controller.keyboard.press("ArrowUp");
    controller.keyboard.release("ArrowUp");
    expect(drain()).toEqual([0xe0, 0x75, 0xe0, 0xf0, 0x75]);
  });

  it("raises no interrupt when bit 0 of the command byte is clear", () => {
    setCommandByte(0x40);
    controller.keyboard.press("KeyA");
    bench.advance(1e6);
    expect(bench.in(0x64) & 1).toBe(1);
    expect(irq.level).toBe(false);
    setCommandByte(0x41);
    expect(irq.level).toBe(true);
  });

  it("holds the keyboard back while it is disabled", () => {
    bench.out(0x64, 0xad);
    controller.keyboard.press("KeyA");
    bench.advance(1e7);
    expect(bench.in(0x64) & 1).toBe(0);
    bench.out(0x64, 0xae);
    expect(drain()).toEqual([0x1e]);
  });

  it("sends the long sequences of Print Screen and Pause", () => {
    const { keyboard } = controller;
    keyboard.press("PrintScreen");
    keyboard.release("PrintScreen");
    expect(drain()).toEqual([0xe0, 0x2a, 0xe0, 0x37, 0xe0, 0xb7, 0xe0, 0xaa]);
    keyboard.press("Pause");
    keyboard.release("Pause");
    expect(drain()).toEqual([0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5]);
    keyboard.press("AltLeft");
    keyboard.press("PrintScreen");
    expect(drain()).toEqual([0x38, 0x54]);
    keyboard.release("PrintScreen");
    keyboard.release("AltLeft");
    keyboard.press("ControlLeft");
    drain();
    keyboard.press("Pause");
    expect(drain()).toEqual([0xe0, 0x46, 0xe0, 0xc6]);
  });

  it("has make and break codes of its own for each key, in every set", () => {
    for (const [set, count] of [
      [1, 0],
      [2, 0],
      [3, 1],
    ]) {
      setCommandByte(0x01);
      bench.out(0x60, 0xf0);
      drain();
      bench.out(0x60, set);
      drain();
      const seen = new Set<string>();
      for (const code of keyNames()) {
        controller.keyboard.press(code);
        const make = drain();
        controller.keyboard.release(code);
        const breaks = drain();
        expect(make.length, code).toBeGreaterThan(0);
        if (set !== 3 && code === "Pause") continue;
        expect(breaks.length, code).toBeGreaterThan(0);
        if (count === 1) expect(breaks).toEqual([0xf0, ...make]);
        seen.add(make.join());
        seen.add(breaks.join());
      }
      expect(seen.size).toBe(2 * (keyNames().length - (set === 3 ? 0 : 1)));
      expect(keyNames().length).toBe(105); // 104 keys, and the one between left Shift and Z that other layouts have
    }
  });

  it("queues what the FIFO cannot hold, and loses nothing", () => {
    const text = "The quick brown fox jumps over the lazy dog 0123456789\n";
    type(text);
    const codes = drain(1000);
    const strokes = typeText(text);
    expect(codes.length).toBe(strokes.length);
    expect(codes.map((code) => code < 0x80)).toEqual(strokes.map((stroke) => stroke.down));
  });

  it("repeats a held key after 500 ms, 10.9 times a second, until another or its release", () => {
    controller.keyboard.press("KeyX");
    controller.keyboard.press("KeyX"); // the host's own repeat is not another press
    expect(drain()).toEqual([0x2d]);
    let makes = 0;
    for (let ms = 0; ms < 1500; ms++) {
      bench.advance(1e6);
      if (bench.in(0x64) & 1 && bench.in(0x60) === 0x2d) makes++;
    }
    expect(makes).toBe(11);
    controller.keyboard.release("KeyX");
    expect(drain()).toEqual([0xad]);
    bench.advance(2e9);
    expect(bench.in(0x64) & 1).toBe(0);
  });
});

describe("keyboard commands", () => {
  const send = (...bytes: number[]): number[] => {
    const answers: number[] = [];
    for (const byte of bytes) {
      bench.out(0x60, byte);
      answers.push(...drain());
    }
    return answers;
  };

  it("acknowledges and keeps the LEDs", () => {
    expect(send(0xed, 0x05)).toEqual([0xfa, 0xfa]);
    expect(controller.keyboard.leds).toBe(5);
    expect(send(0xed, 0xf4)).toEqual([0xfa, 0xfa]); // a command in the argument's place is a command
    expect(controller.keyboard.leds).toBe(5);
  });

  it("answers echo, identify, select set, typematic, resend and unknown bytes", () => {
    expect(send(0xee)).toEqual([0xee]);
    expect(send(0xf2)).toEqual([0xfa, 0xab, 0x41]); // the id 83h translated
    expect(send(0xf0, 0x00)).toEqual([0xfa, 0xfa, 0x41]); // set 2 as the translation shows it
    expect(send(0xf3, 0x00)).toEqual([0xfa, 0xfa]);
    expect(send(0xee, 0xfe)).toEqual([0xee, 0xee]);
    expect(send(0xe0)).toEqual([0xfe]);
  });

  it("stops and starts scanning", () => {
    expect(send(0xf5)).toEqual([0xfa]);
    controller.keyboard.press("KeyA");
    controller.keyboard.release("KeyA");
    expect(drain()).toEqual([]);
    expect(send(0xf4)).toEqual([0xfa]);
    controller.keyboard.press("KeyA");
    expect(drain()).toEqual([0x1e]);
  });

  it("resets with a self-test", () => {
    send(0xed, 0x07);
    expect(send(0xff)).toEqual([0xfa, 0xaa]);
    expect(controller.keyboard.leds).toBe(0);
  });

  it("survives random accesses with keys struck in between", () => {
    const keys = keyNames();
    bench.fuzz([0x60, 0x64], {
      seed: 8042,
      each: (random) => {
        if (random() % 8 === 0)
          controller.keyboard.strike({ code: keys[random() % keys.length], down: random() % 2 === 1 });
        if (controller.keyboard.leds > 7) throw new RangeError("LEDs");
      },
    });
  });
});
