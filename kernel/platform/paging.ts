// Writing page tables: the identity map with its holes. Of this kernel's platforms, the PC's.

import { initializePaging, mapPage, unmapPage } from "./pc/paging.ts";

export { initializePaging, mapPage, unmapPage };
