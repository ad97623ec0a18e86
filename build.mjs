// Builds what is missing or out of date: the command line (esbuild), the CPU core (asc), the BIOS, the kernel and the images.
import { createHash } from "node:crypto";
console.log("build: nothing yet", createHash("sha1").digest("hex").length);
