// The clock that ticks TICKS_PER_SECOND times a second. Of this kernel's platforms, the PC's.

import { initializeClock, microsecondsOfTick, TICKS_PER_SECOND } from "./pc/clock.ts";

export { initializeClock, microsecondsOfTick, TICKS_PER_SECOND };
