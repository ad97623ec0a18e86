import { beforeAll, describe, expect, it } from "vitest";
import { loadKernel, Random, type TestKernel } from "../testing.ts";

const SOURCE = `
import { CALENDAR_DATE_BYTES, CalendarDate, dateOfSeconds, secondsOfDate } from "./clock/date.ts";
export function bytes(): u32 { return CALENDAR_DATE_BYTES - offsetof<CalendarDate>(); }
export function toDate(seconds: u32, at: usize): void { dateOfSeconds(seconds, changetype<CalendarDate>(at)); }
export function toSeconds(at: usize): u32 { return secondsOfDate(changetype<CalendarDate>(at)); }
`;

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await loadKernel(SOURCE);
});

function fields(seconds: number): number[] {
  kernel.call("toDate", seconds, 0x4000);
  return Array.from({ length: 7 }, (_, i) => kernel.view.getUint32(0x4000 + i * 4, true));
}

describe("dates", () => {
  it("are JavaScript's, there and back, on every day from 1970 to 2105", () => {
    const random = new Random(1);
    for (let day = 0; day * 86400 < 2 ** 32 - 86400; day++) {
      const seconds = day * 86400 + random.below(86400);
      const date = new Date(seconds * 1000);
      const expected = [
        date.getUTCFullYear(),
        date.getUTCMonth() + 1,
        date.getUTCDate(),
        date.getUTCHours(),
        date.getUTCMinutes(),
        date.getUTCSeconds(),
        date.getUTCDay(),
      ];
      const isSame = fields(seconds).join() === expected.join();
      if (!isSame || kernel.call("toSeconds", 0x4000) >>> 0 !== seconds) expect.fail(date.toISOString());
    }
  });

  it("have the size that static memory is given for them", () => {
    expect(kernel.call("bytes")).toBe(0);
  });
});
