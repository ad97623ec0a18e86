// Turning the machine off, starting it again, stopping it for good. Of this kernel's platforms, the PC's.

import { powerOff, reboot, stop } from "./pc/power.ts";

export { powerOff, reboot, stop };
