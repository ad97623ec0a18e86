// Every test of this folder that runs code, once more in the second engine, which compiles each block before it runs the first time.

import { Cpu } from "./cpu.ts";

Cpu.defaults.engine = "compiler";
Cpu.defaults.compileAfter = 1;

await import("./execution.test.ts");
await import("./protected.test.ts");
await import("./paging.test.ts");
await import("./traps.test.ts");
await import("./fpu.test.ts");
await import("./simd.test.ts");
await import("./alignment.test.ts");
await import("./debug.test.ts");
await import("./system.test.ts");
