// Runs before every test file: MINIOS_ENGINE=compiler makes every PC that a test builds use the second engine, which compiles
// each block before it runs the first time, so that nothing is left to the interpreter.

import { Cpu } from "../pc/cpu/cpu.ts";

const engine = process.env["MINIOS_ENGINE"];
if (engine === "compiler" || engine === "interpreter") Cpu.defaults.engine = engine;
else if (engine !== undefined) throw new Error(`MINIOS_ENGINE=${engine}: expected interpreter or compiler`);
Cpu.defaults.compileAfter = Number(process.env["MINIOS_COMPILE_AFTER"] ?? 1);
