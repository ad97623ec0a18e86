// The page starts here: the machine at once, so that it boots while the page is drawn.

import "./frame/page.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { examples } from "./files/examples.ts";
import { fetchFile } from "./files/fetch.ts";
import { miniosPlan } from "./files/shipped.ts";
import { App } from "./frame/app.tsx";
import { handleShortcut } from "./frame/shortcuts.ts";
import type { BootPlan } from "./machine/plan.ts";
import { withAddress } from "./state/address.ts";
import { Machines } from "./state/machines.ts";
import { Session } from "./state/session.ts";
import { address, isDark, language } from "./state/settings.ts";
import { word } from "./words/words.ts";

/** The compilers are kept for offline use when a visit has lasted so long. */
const LATER_MS = 5000;

const root = document.getElementById("app");
if (!root) throw new Error("index.html has no #app");

effect(() => {
  document.documentElement.dataset["theme"] = isDark.value ? "dark" : "light";
  document.documentElement.lang = language.value === "zh" ? "zh-Hans" : "en";
});

if (typeof WebAssembly === "undefined") {
  root.innerHTML = "";
  root.append(Object.assign(document.createElement("p"), { className: "no-wasm", textContent: word("noWebAssembly") }));
} else {
  const machines = new Machines(new Session());
  void start(machines);
  document.addEventListener("keydown", (event) => handleShortcut(event, machines.front.value));
  render(<App machines={machines} layout={address.layout} />, root);
}

/** What the address says, or MiniOS. */
async function start(machines: Machines): Promise<void> {
  const change = (plan: BootPlan) => withAddress(plan, address);
  const example = examples.find(({ name }) => name === address.example);
  const url = example?.url ?? address.image;
  if (url !== undefined) {
    const file = async () => [await fetchFile(url, example && `${example.name}.zip`)];
    await machines.openFetched(file, change, address.autostart);
  } else await machines.boot([change(miniosPlan())], address.autostart);
}

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  addEventListener("load", () => void keepForOffline());
}

/** Where the browser forbids it, the page works all the same while there is a network. */
async function keepForOffline(): Promise<void> {
  try {
    await navigator.serviceWorker.register(new URL("./service-worker.js", document.baseURI));
    const { active } = await navigator.serviceWorker.ready;
    setTimeout(() => active?.postMessage("later"), LATER_MS);
  } catch {
    return;
  }
}
