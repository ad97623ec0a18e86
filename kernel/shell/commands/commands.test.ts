import { beforeAll, describe, expect, it } from "vitest";
import { KernelAbort, Random } from "../../testing.ts";
import { compileThreads, ThreadSimulation } from "../../testing-threads.ts";

const SOURCE = `
import { enableInterrupts } from "./platform/interrupts.ts";
import { initializeConsole } from "./platform/console.ts";
import { runLine } from "./shell/shell.ts";
import { addCrashCommand } from "./shell/commands/crash.ts";
import { addPowerCommands } from "./shell/commands/power.ts";
import { addScreenCommands } from "./shell/commands/screen.ts";
import { addThreadsCommand } from "./shell/commands/threads.ts";
export function start(): void {
  initializeConsole();
  addScreenCommands();
  addThreadsCommand();
  addCrashCommand();
  addPowerCommands();
}
export function run(line: usize): void {
  enableInterrupts();
  runLine(line);
}
export function threadCount(): u32 { return threadTotal(); }
`;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileThreads(SOURCE);
});

class Stopped extends Error {}

class Shell {
  readonly written: string[] = [];
  readonly simulation: ThreadSimulation;

  constructor(ticksOneIn = 0, seed = 1) {
    const random = new Random(seed);
    this.simulation = new ThreadSimulation(module, () => ticksOneIn > 0 && random.below(ticksOneIn) === 0, {
      out8: (port, value) => this.written.push(`${port?.toString(16)}:${value?.toString(16)}`),
      out16: (port, value) => this.written.push(`${port?.toString(16)}:${value?.toString(16)}`),
      hlt: () => {
        throw new Stopped();
      },
    });
    this.simulation.kernel.call("start");
  }

  /** Runs a line and returns what it printed. */
  run(line: string): string[] {
    const { kernel } = this.simulation;
    kernel.bytes.fill(0, 0xb8000, 0xb8fa0);
    const top = this.row;
    try {
      this.simulation.run("run", kernel.writeText(0x4000, line));
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
    }
    const rows = Array.from({ length: 25 }, (_, row) => {
      const cells = Array.from({ length: 80 }, (_, i) => kernel.bytes[0xb8000 + (row * 80 + i) * 2] ?? 0);
      return String.fromCharCode(...cells).replace(/[\0 ]*$/, "");
    });
    return rows.slice(top, this.row);
  }

  private get row(): number {
    const last = (register: string) => {
      const at = this.written.lastIndexOf(`3d4:${register}`);
      return Number.parseInt(this.written[at + 1]?.split(":")[1] ?? "0", 16);
    };
    return Math.floor((last("e") * 256 + last("f")) / 80);
  }
}

describe("shell commands", () => {
  it("an empty line does nothing; an unknown command and an open quote say so", () => {
    const shell = new Shell();
    expect(shell.run("")).toEqual([]);
    expect(shell.run("   ")).toEqual([]);
    expect(shell.run('"no such" one')).toEqual(["no such: no such command (try help)"]);
    expect(shell.run('help "hi')).toEqual(["A quote has no end."]);
  });

  it("help names every command once", () => {
    const names = new Shell().run("help").map((line) => line.split(" ")[0]);
    expect(names.join(" ")).toBe("help clear threads crash reboot halt");
  });

  it("clear empties the screen", () => {
    const shell = new Shell();
    shell.run("help");
    shell.run("clear");
    expect(shell.simulation.kernel.bytes[0xb8000]).toBe(0x20);
    expect(shell.run("no")).toEqual(["no: no such command (try help)"]);
  });

  it.each([1, 2, 3, 4])("threads leaves nothing behind, under preemption (seed %i)", (seed) => {
    const shell = new Shell(3, seed);
    expect(shell.run("threads 150")).toEqual(["150 threads created and joined, sum right", "no memory lost"]);
    expect(shell.simulation.kernel.call("threadCount")).toBe(1);
  });

  it("threads wants a number", () => {
    const shell = new Shell();
    for (const line of ["threads", "threads 0", "threads x", "threads 1 2", "threads 1000001"]) {
      expect(shell.run(line)[0]).toMatch(/^usage: threads/);
    }
  });

  it("halt turns the power off and stops; reboot pulses the reset line", () => {
    const off = new Shell();
    expect(off.run("halt")).toEqual(["Powering off.", "It is now safe to turn off the machine."]);
    expect(off.written).toContain("604:2000");
    expect(off.written.filter((write) => write.startsWith("8900:")).map((write) => write.slice(5))).toEqual(
      [..."Shutdown"].map((letter) => letter.charCodeAt(0).toString(16)),
    );
    const again = new Shell();
    expect(again.run("reboot")).toEqual(["Rebooting."]);
    expect(again.written.indexOf("64:fe")).toBeGreaterThan(0);
    expect(again.written.indexOf("cf9:6")).toBeGreaterThan(again.written.indexOf("64:fe"));
  });

  it("crash fails as it says", () => {
    expect(() => new Shell().run("crash assert")).toThrow(KernelAbort);
    expect(() => new Shell().run("crash divide")).toThrow(/divide by zero/);
    expect(() => new Shell().run("crash opcode")).toThrow(/unreachable/);
    expect(new Shell().run("crash")).toEqual(["usage: crash null|divide|assert|stack|opcode|deadlock"]);
    expect(new Shell().run("crash worse")).toEqual(["usage: crash null|divide|assert|stack|opcode|deadlock"]);
  });
});
