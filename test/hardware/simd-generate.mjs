// Takes the SIMD vectors anew from this machine's processor and writes simd-vectors.bin: `node test/hardware/simd-generate.mjs`.

import { withModule } from "./typescript.mjs";

await withModule("/test/hardware/simd-generate.ts", ({ writeSimdVectorsFile }) => console.log(writeSimdVectorsFile()));
