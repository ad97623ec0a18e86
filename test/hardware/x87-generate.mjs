// Takes the floating-point vectors anew from this machine's processor and writes x87-vectors.bin: `node test/hardware/x87-generate.mjs`.

import { withModule } from "./typescript.mjs";

await withModule("/test/hardware/x87-generate.ts", ({ writeFloatVectorsFile }) => console.log(writeFloatVectorsFile()));
