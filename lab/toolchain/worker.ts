// The toolchain in a Web Worker: loads the shipped tree once, then builds what it is asked to. The compiler is asked for something
// small at once, so that it is loaded and warm when the first build comes.

import { compileTypeScript } from "../../toolchain/build/typescript.ts";
import { Builder } from "./builder.ts";
import { unpackShipped } from "./pack.ts";
import type { ToolchainReply, ToolchainRequest } from "./protocol.ts";

/** The worker's own side of the port; the DOM's types know only a page's. */
interface Port {
  postMessage(reply: ToolchainReply, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToolchainRequest | { type: "open"; sources: string }>) => void) | null;
}
const port = self as unknown as Port;

let builder: Promise<Builder> | undefined;

port.onmessage = async ({ data }) => {
  if (data.type === "open") {
    builder = open(data.sources);
    await Promise.all([builder, warm()]);
    port.postMessage({ type: "ready" });
    return;
  }
  const { id, folder, edits } = data;
  try {
    if (!builder) throw new Error("a build was asked for before the sources were opened");
    const result = await (await builder).build(folder, edits, (stage) =>
      port.postMessage({ type: "progress", id, stage }),
    );
    port.postMessage({ type: "built", id, result });
  } catch (error) {
    port.postMessage({ type: "failed", id, message: error instanceof Error ? error.message : String(error) });
  }
};

async function open(url: string): Promise<Builder> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const shipped = unpackShipped(new Uint8Array(await response.arrayBuffer()));
  return new Builder(shipped, () => performance.now());
}

async function warm(): Promise<void> {
  const source = "export function warm(a: u32): u32 { return a + 1; }";
  await compileTypeScript(
    { readText: (path) => (path === "warm.ts" ? source : undefined), readBytes: () => undefined },
    "warm.ts",
    ["-O2"],
  );
}
