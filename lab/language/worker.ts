// The language service in a Web Worker: 9 MB of compiler that the page loads when a person first asks something.

import { unpackShipped } from "../toolchain/pack.ts";
import type { LanguageAnswer, LanguageQuestion } from "./protocol.ts";
import { TypeScriptService } from "./service.ts";

/** The worker's own side of the port; the DOM's types know only a page's. */
interface Port {
  postMessage(answer: LanguageAnswer): void;
  onmessage: ((event: MessageEvent<LanguageQuestion | { open: string }>) => void) | null;
}
const port = self as unknown as Port;

let service: Promise<TypeScriptService> | undefined;

port.onmessage = async ({ data }) => {
  if ("open" in data) {
    service = open(data.open);
    return;
  }
  try {
    if (!service) throw new Error("a question before the sources were opened");
    port.postMessage({ id: data.id, ...answer(await service, data) });
  } catch (error) {
    port.postMessage({ id: data.id, failure: error instanceof Error ? error.message : String(error) });
  }
};

async function open(url: string): Promise<TypeScriptService> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return new TypeScriptService(unpackShipped(new Uint8Array(await response.arrayBuffer())).files);
}

function answer(
  typescript: TypeScriptService,
  { ask, path, offset, edits }: LanguageQuestion,
): Omit<LanguageAnswer, "id"> {
  typescript.update(edits);
  switch (ask) {
    case "definitions":
      return { definitions: typescript.definitions(path, offset) };
    case "hover": {
      const hover = typescript.hover(path, offset);
      return hover ? { hover } : {};
    }
    case "format":
      return { changes: typescript.format(path) };
  }
}
