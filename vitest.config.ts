import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{isa,formats,toolchain,pc,kernel,loader,user,media,cli,lab,test}/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    setupFiles: ["./test/engine.ts"],
    reporters: ["default", "./test/closing-line.ts"],
  },
});
