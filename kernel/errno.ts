// The kernel's error numbers are the programs': see abi/errno.ts.

export * from "./abi/errno.ts";
