import { describe, expect, test } from "vitest";
import { KeyFeeder } from "../keys/key-feeder.ts";
import { FakeGuest } from "../testing/fake-guest.ts";
import { type Observer, Runner, type RunPlan } from "./runner.ts";
import { Waker } from "./waker.ts";

/** A host whose time passes only by sleeping, and by what the test adds for work. */
class FakeHost extends Waker {
  nowMs = 1000;
  slept = 0;
  sleeps = 0;
  atMs: { ms: number; act: () => void }[] = [];

  override async sleep(milliseconds: number): Promise<void> {
    this.sleeps++;
    const next = this.atMs[0];
    const until = Math.min(this.nowMs + Math.max(0, milliseconds), next?.ms ?? Number.POSITIVE_INFINITY);
    this.slept += until - this.nowMs;
    this.nowMs = until;
    if (next && next.ms <= this.nowMs) {
      this.atMs.shift();
      next.act();
    }
    if (this.sleeps > 100_000) throw new Error("the runner never ends");
  }
}

function setUp(plan: Partial<RunPlan>, observers: Observer[] = []) {
  const guest = new FakeGuest();
  const host = new FakeHost();
  const whole: RunPlan = { clock: "wall", interactive: true, scriptDone: () => true, ...plan };
  const runner = new Runner(guest, whole, observers, host, () => host.nowMs);
  return { guest, host, runner };
}

describe("the wall clock", () => {
  test("an idle guest costs one short run per tick, and keeps time", async () => {
    const { guest, host, runner } = setUp({ timeoutNs: 2e9 });
    expect(await runner.run()).toBe("timeout");
    expect(host.nowMs - 1000).toBeCloseTo(2000, 0);
    expect(host.slept).toBeCloseTo(2000, 0);
    expect(host.sleeps).toBeLessThan(210);
    expect(guest.timeNs).toBeCloseTo(2e9, -6);
  });

  test("guest time never runs ahead", async () => {
    const { guest, host, runner } = setUp({ timeoutNs: 1e9 });
    guest.mode = "busy";
    guest.onRun = () => {
      expect(guest.timeNs / 1e6).toBeLessThanOrEqual(host.nowMs - 1000 + 0.001);
      host.nowMs += 0.1;
    };
    await runner.run();
    expect(host.nowMs - 1000).toBeGreaterThanOrEqual(1000);
    expect(host.nowMs - 1000).toBeLessThan(1020);
  });

  test("a guest that the host cannot keep up with is not made to catch up", async () => {
    const { guest, host, runner } = setUp({ timeoutNs: 2e9 });
    guest.mode = "busy";
    // Half speed for the first guest second, then as fast as can be.
    guest.onRun = () => {
      host.nowMs += guest.timeNs < 1e9 ? 20 : 1;
    };
    await runner.run();
    expect(host.nowMs - 1000).toBeGreaterThan(2800);
  });

  test("a host that slept for an hour does not make the guest live through it", async () => {
    const { guest, host, runner } = setUp({ timeoutNs: 2e9 });
    host.atMs.push({
      ms: 1500,
      act: () => {
        host.nowMs += 3_600_000;
      },
    });
    await runner.run();
    expect(guest.timeNs).toBeCloseTo(2e9, -8);
    expect(host.nowMs).toBeGreaterThan(3_602_000);
  });

  test("a key reaches an idle guest in its present, and the guest wakes for it", async () => {
    const input: { feeder?: KeyFeeder } = {};
    const { guest, host, runner } = setUp({ timeoutNs: 3e9 });
    const times: number[] = [];
    guest.keyboard.press = (code) => times.push(guest.timeNs / 1e6, code.length);
    input.feeder = new KeyFeeder(guest.keyboard);
    const withKeys = new Runner(
      guest,
      { clock: "wall", interactive: true, scriptDone: () => true, timeoutNs: 3e9, input: input.feeder },
      [],
      host,
      () => host.nowMs,
    );
    expect(runner).toBeDefined();
    host.atMs.push({ ms: 1503.7, act: () => input.feeder?.push({ code: "KeyA" }) });
    await withKeys.run();
    expect(times[0]).toBeGreaterThanOrEqual(503.7);
    expect(times[0]).toBeLessThan(520);
  });

  test("a halted guest that nobody can wake is left alone until somebody quits", async () => {
    const { guest, host, runner } = setUp({});
    guest.mode = "halted";
    host.atMs.push({ ms: 50_000, act: () => runner.stop("quit") });
    expect(await runner.run()).toBe("quit");
    expect(host.sleeps).toBeLessThan(10);
  });

  test("an observer is called when it asked to be", async () => {
    const calls: number[] = [];
    const observer: Observer = {
      afterSlice: (nowMs) => {
        calls.push(nowMs);
        return 400;
      },
    };
    const { guest, host, runner } = setUp({}, [observer]);
    guest.mode = "halted";
    host.atMs.push({ ms: 3000, act: () => runner.stop("quit") });
    await runner.run();
    expect(calls).toEqual([1000, 1400, 1800, 2200, 2600, 3000]);
  });
});

describe("the virtual clock", () => {
  test("does not wait for the wall", async () => {
    const { guest, host, runner } = setUp({ clock: "virtual", timeoutNs: 100e9 });
    expect(await runner.run()).toBe("timeout");
    expect(guest.timeNs).toBe(100e9);
    expect(host.slept).toBe(0);
  });

  test("stops exactly at the number of instructions", async () => {
    const { guest, runner } = setUp({ clock: "virtual", maxInstructions: 3_333_333 });
    guest.mode = "busy";
    expect(await runner.run()).toBe("instructions");
    expect(guest.instructions).toBe(3_333_333);
  });

  test("--until is not looked for before all is typed, but at the guest's end in any case", async () => {
    const seen = { met: () => true };
    const typing = setUp({ clock: "virtual", timeoutNs: 1e9, until: seen, scriptDone: () => false });
    expect(await typing.runner.run()).toBe("timeout");
    const ended = setUp({ clock: "virtual", until: seen, scriptDone: () => false, interactive: false });
    ended.guest.mode = "halted";
    expect(await ended.runner.run()).toBe("until");
  });

  test("ends when the guest takes the host too long", async () => {
    const { guest, host, runner } = setUp({ clock: "virtual", hostTimeoutMs: 5000, timeoutNs: 1e9 });
    guest.mode = "busy";
    guest.onRun = () => {
      host.nowMs += 1000;
    };
    expect(await runner.run()).toBe("hostTimeout");
  });

  test("a guest that nothing can wake is the end only when nobody is there to wake it", async () => {
    const alone = setUp({ clock: "virtual", interactive: false });
    alone.guest.mode = "halted";
    expect(await alone.runner.run()).toBe("halted");
    const attended = setUp({ clock: "virtual" });
    attended.guest.mode = "halted";
    attended.host.atMs.push({ ms: 60_000, act: () => attended.runner.stop("quit") });
    expect(await attended.runner.run()).toBe("quit");
  });
});
