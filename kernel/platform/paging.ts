// Writing page tables: the kernel's part with its holes, and those of programs. Of this kernel's platforms, the PC's.

import { initializePaging, mapPage, PAGE_WRITABLE, unmapPage } from "./pc/paging.ts";
import {
  createDirectory,
  destroyDirectory,
  mapUserPage,
  protectUserPage,
  USER_END,
  USER_START,
  unmapUserPage,
  useDirectory,
  userPageFlags,
} from "./pc/userPaging.ts";

export {
  createDirectory,
  destroyDirectory,
  initializePaging,
  mapPage,
  mapUserPage,
  PAGE_WRITABLE,
  protectUserPage,
  USER_END,
  USER_START,
  unmapPage,
  unmapUserPage,
  useDirectory,
  userPageFlags,
};
