// `npm run vectors`: takes the integer vectors anew from this machine's processor and writes vectors.bin.

import { withModule } from "./typescript.mjs";

await withModule("/test/hardware/generate.ts", ({ writeVectorsFile }) => console.log(writeVectorsFile()));
