import { beforeEach, describe, expect, it } from "vitest";
import { ProbeLine, TestBench } from "./testbench.ts";
import { Uart } from "./uart.ts";

const BASE = 0x3f8;
let bench: TestBench;
let irq: ProbeLine;
let uart: Uart;
let output: string;

function create(transmit: "baud" | "instant" = "baud"): void {
  bench = new TestBench();
  irq = new ProbeLine();
  output = "";
  uart = bench.add(
    new Uart({
      clock: bench.clock,
      irq,
      base: BASE,
      transmit,
      onByte: (byte) => {
        output += String.fromCharCode(byte);
      },
    }),
  );
  // 115200 baud, 8 data bits, no parity, one stop bit; DTR, RTS, OUT2.
  out(3, 0x80);
  out(0, 1);
  out(1, 0);
  out(3, 0x03);
  out(4, 0x0b);
}

const out = (register: number, value: number): void => bench.out(BASE + register, value);
const read = (register: number): number => bench.in(BASE + register);
/** Ten bits at 115200 baud. */
const CHARACTER_NS = 86_806;

beforeEach(() => create());

describe("16550A transmitter", () => {
  it("takes a character time for each byte, and tells in LSR", () => {
    expect(read(5)).toBe(0x60);
    out(0, 0x41);
    expect(read(5)).toBe(0x20); // already in the shift register
    out(0, 0x42);
    expect(read(5)).toBe(0x00);
    bench.advance(CHARACTER_NS);
    expect(output).toBe("A");
    expect(read(5)).toBe(0x20);
    bench.advance(CHARACTER_NS);
    expect(output).toBe("AB");
    expect(read(5)).toBe(0x60);
  });

  it("keeps the divisor behind DLAB, and its time", () => {
    out(3, 0x83);
    out(0, 0x60);
    out(1, 0x01);
    expect(read(0) | (read(1) << 8)).toBe(0x160);
    out(0, 96); // 1200 baud
    out(1, 0);
    out(3, 0x03);
    out(0, 0x55);
    bench.advance(8_333_000);
    expect(output).toBe("");
    bench.advance(1_000);
    expect(output).toBe("U");
  });

  it("sends sixteen bytes from its FIFO", () => {
    out(2, 0x07);
    for (const character of "0123456789abcdef") out(0, character.charCodeAt(0));
    expect(read(5) & 0x20).toBe(0);
    bench.advance(16 * CHARACTER_NS);
    expect(output).toBe("0123456789abcdef");
  });

  it("interrupts when the holding register is empty; reading IIR or writing answers", () => {
    out(1, 0x02);
    expect(irq.level).toBe(true); // empty from the start
    expect(read(2)).toBe(0x02);
    expect(irq.level).toBe(false);
    expect(read(2)).toBe(0x01);
    out(0, 0x41);
    out(0, 0x42);
    const before = irq.risingEdges;
    bench.advance(CHARACTER_NS);
    expect(irq.risingEdges).toBe(before + 1);
  });

  it("sends at once when it is told to be instant, with an interrupt edge for each byte", () => {
    create("instant");
    out(1, 0x02);
    let sent = 0;
    while (sent < 5) {
      expect(irq.level).toBe(true);
      read(2);
      expect(irq.level).toBe(false);
      out(0, 0x61 + sent++);
    }
    expect(output).toBe("abcde");
    expect(read(5)).toBe(0x60);
  });

  it("sends as many bits as the word has", () => {
    out(3, 0x00); // five
    out(0, 0xff);
    bench.advance(CHARACTER_NS);
    expect(output).toBe("\x1f");
  });
});

describe("16550A receiver", () => {
  it("gets bytes a character time apart and interrupts", () => {
    out(1, 0x01);
    uart.send(Uint8Array.of(0x68, 0x69));
    bench.advance(CHARACTER_NS - 1);
    expect(read(5) & 1).toBe(0);
    bench.advance(1);
    expect(irq.level).toBe(true);
    expect(read(2)).toBe(0x04);
    expect(read(0)).toBe(0x68);
    expect(irq.level).toBe(false);
    bench.advance(CHARACTER_NS);
    expect(read(0)).toBe(0x69);
    expect(uart.idle).toBe(true);
  });

  it("makes the host wait while the guest does not read", () => {
    uart.send(Uint8Array.of(1, 2, 3));
    bench.advance(100 * CHARACTER_NS);
    const got: number[] = [];
    for (let i = 0; i < 3; i++) {
      got.push(read(0));
      bench.advance(CHARACTER_NS);
    }
    expect(got).toEqual([1, 2, 3]);
    expect(read(5) & 0x02).toBe(0); // no overrun
  });

  it("interrupts at the FIFO's trigger level, or after four idle character times", () => {
    out(2, 0x81); // trigger 8
    out(1, 0x01);
    uart.send(new Uint8Array(9));
    bench.advance(7 * CHARACTER_NS);
    expect(irq.level).toBe(false);
    bench.advance(CHARACTER_NS);
    expect(irq.level).toBe(true);
    expect(read(2)).toBe(0xc4);
    for (let i = 0; i < 8; i++) read(0);
    expect(irq.level).toBe(false);
    bench.advance(5 * CHARACTER_NS);
    expect(irq.level).toBe(true);
    expect(read(2)).toBe(0xcc);
    read(0);
    expect(irq.level).toBe(false);
  });

  it("ranks its interrupts: line status, data, transmitter, modem", () => {
    out(4, 0x10); // loopback
    read(6);
    out(1, 0x0f);
    out(4, 0x13); // CTS and DSR rise
    out(0, 1);
    bench.advance(CHARACTER_NS);
    out(0, 2);
    bench.advance(CHARACTER_NS); // overrun
    expect(read(2)).toBe(0x06);
    expect(read(5) & 0x02).toBe(0x02);
    expect(read(2)).toBe(0x04);
    expect(read(0)).toBe(2);
    expect(read(2)).toBe(0x02);
    expect(read(2)).toBe(0x00);
    expect(read(6)).toBe(0x33);
    expect(read(2)).toBe(0x01);
  });
});

describe("16550A modem and the rest", () => {
  it("loops its modem outputs back", () => {
    expect(read(6) & 0xf0).toBe(0xb0);
    out(4, 0x1f);
    expect(read(6) & 0xf0).toBe(0xf0);
    out(4, 0x10);
    expect(read(6)).toBe(0x0f); // all changed, the ring indicator by its trailing edge
    expect(read(6)).toBe(0x00);
  });

  it("gates the interrupt by OUT2", () => {
    out(4, 0x03);
    out(1, 0x02);
    expect(irq.level).toBe(false);
    out(4, 0x0b);
    expect(irq.level).toBe(true);
  });

  it("shows FIFOs in IIR, and has a scratch register", () => {
    expect(read(2) & 0xc0).toBe(0);
    out(2, 0x01);
    expect(read(2) & 0xc0).toBe(0xc0);
    out(7, 0xa5);
    expect(read(7)).toBe(0xa5);
  });

  it("survives random accesses", () => {
    bench.fuzz(
      Array.from({ length: 8 }, (_, i) => BASE + i),
      {
        seed: 16550,
        each: (random) => {
          if (random() % 64 === 0) uart.send(Uint8Array.of(random() & 0xff));
          if (output.length > 100_000) output = "";
        },
      },
    );
  });
});
