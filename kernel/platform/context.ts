// A thread's processor state: making one, switching to one. Of this kernel's platforms, the PC's.

import { bootStackBottom, prepareStack, switchContext } from "./pc/context.ts";

export { bootStackBottom, prepareStack, switchContext };
