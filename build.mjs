// Builds what is missing or out of date, and nothing else:
//   dist/cli.js, dist/index.js   the command and the library, bundled by esbuild
//   dist/browser.js              the library for pages
//   dist/core.wasm               the CPU's core, by AssemblyScript
//   dist/bios.bin                the firmware, by our own assembler and linker
//   dist/loader.bin              the boot loader, by `minios build` of loader/
//   build/bin/                   MiniOS's programs, by our own compiler and linker
//   dist/page/                   what the lab's page brings along, with --lab
//   dist/lab/                    the page, with --page
//   build/                       the kernel and its images, by `minios build`
// A target is out of date when a file it reads has changed (size or time) since it was built: see dist/.built.json.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const RECORD = "dist/.built.json";
const quiet = process.argv.includes("--quiet");
if (process.argv.includes("--clean"))
  for (const folder of ["dist", "build"]) rmSync(folder, { recursive: true, force: true });

const record = existsSync(RECORD) ? JSON.parse(readFileSync(RECORD, "utf8")) : {};

/** Every file below the folders (or the file itself) that matches. */
function* filesOf(paths, matches) {
  for (const path of paths) {
    if (!existsSync(path)) continue;
    if (!statSync(path).isDirectory()) yield path;
    else for (const name of readdirSync(path).sort()) yield* filesOf([join(path, name)], matches);
  }
}

function signatureOf(inputs) {
  const parts = [];
  for (const file of filesOf(inputs)) {
    if (file.endsWith(".test.ts")) continue;
    const { size, mtimeMs } = statSync(file);
    parts.push(`${file}:${size}:${mtimeMs}`);
  }
  return parts.join("\n");
}

async function target(name, inputs, outputs, build) {
  const signature = signatureOf(inputs);
  if (record[name] === signature && outputs.every((file) => existsSync(file))) return;
  const start = performance.now();
  try {
    await build();
  } catch (error) {
    console.error(`${name}: ${error.message}`);
    process.exit(1);
  }
  record[name] = signature;
  mkdirSync("dist", { recursive: true });
  writeFileSync(RECORD, JSON.stringify(record));
  const line = `built ${name.padEnd(14)} ${((performance.now() - start) / 1000).toFixed(1)} s`;
  // On the error stream, so that a quiet first start still shows that something is being made.
  console.error(line);
}

const COMPILER = ["isa", "formats", "toolchain"];
const HOST = [...COMPILER, "pc", "media", "cli", "index.ts", "browser.ts", "package.json", "build.mjs"];

await target("command", HOST, ["dist/cli.js", "dist/index.js", "dist/browser.js"], async () => {
  const esbuild = await import("esbuild");
  for (const name of existsSync("dist") ? readdirSync("dist") : [])
    if (name.startsWith("chunk-")) rmSync(join("dist", name));
  await esbuild.build({
    entryPoints: {
      cli: "cli/main.ts",
      index: "index.ts",
      build: "cli/build/index.ts",
      "program-worker": "cli/build/program-worker.ts",
    },
    outdir: "dist",
    bundle: true,
    splitting: true,
    chunkNames: "chunk-[hash]",
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    sourcemap: true,
    logLevel: "warning",
  });
  await esbuild.build({
    entryPoints: ["browser.ts"],
    outdir: "dist",
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    sourcemap: true,
    logLevel: "warning",
  });
});

await target("CPU core", ["pc/cpu/core"], ["dist/core.wasm"], async () => {
  const { buildCore } = await import("./dist/build.js");
  await buildCore();
});

await target(
  "BIOS",
  [...COMPILER, "pc/firmware", "pc/devices/font.ts", "pc/devices/font-small.ts"],
  ["dist/bios.bin"],
  async () => {
    const { buildBios } = await import("./dist/build.js");
    buildBios();
  },
);

await target("boot loader", [...COMPILER, "loader", "kernel"], ["dist/loader.bin"], async () => {
  const { buildLoader } = await import("./dist/build.js");
  await buildLoader(quiet ? () => {} : console.error);
});

await target("programs", [...COMPILER, "kernel/abi", "user"], ["build/bin"], async () => {
  const { buildPrograms } = await import("./dist/build.js");
  await buildPrograms("user", "build/bin", "build/.programs");
});

await target(
  "MiniOS",
  [...COMPILER, "kernel", "user"],
  ["build/kernel.elf", "build/minios.img", "build/minios-disk.img"],
  async () => {
    const { buildProject } = await import("./dist/build.js");
    await buildProject("kernel", "build", quiet ? () => {} : console.error);
  },
);

// What the page boots, packed: a floppy is mostly nothing, and not every static host packs what it sends.
if (process.argv.includes("--lab") || process.argv.includes("--page")) {
  await target("page's image", ["build/minios.img"], ["dist/page/minios.img.gz"], () => {
    mkdirSync("dist/page", { recursive: true });
    writeFileSync("dist/page/minios.img.gz", gzipSync(readFileSync("build/minios.img"), { level: 9 }));
  });
  await target(
    "page's examples",
    [...COMPILER, "cli", "examples", "lab/examples.mjs"],
    ["dist/page/examples"],
    async () => {
      const { buildExamples } = await import("./lab/examples.mjs");
      await buildExamples("examples", "dist/page/work", "dist/page/examples");
    },
  );
}

if (process.argv.includes("--page")) {
  const inputs = [
    ...HOST,
    "lab",
    "kernel",
    "user",
    "examples",
    "dist/core.wasm",
    "dist/bios.bin",
    "dist/page/examples",
  ];
  await target("page", [...inputs, "dist/page/minios.img.gz"], ["dist/lab/index.html"], async () => {
    const vite = await import("vite");
    await vite.build({ configFile: "lab/vite.config.ts", logLevel: "warn" });
  });
}

if (!quiet) {
  await target("types", HOST, ["dist/types/index.d.ts"], () => {
    const { status } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.types.json"], {
      stdio: "inherit",
    });
    if (status !== 0) throw new Error("the declarations could not be made");
  });
}
