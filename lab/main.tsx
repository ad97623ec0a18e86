// The page starts here: the machine at once, so that it boots while the page is drawn.

import "./frame/page.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { miniosPlan } from "./files/shipped.ts";
import { App } from "./frame/app.tsx";
import { handleShortcut } from "./frame/shortcuts.ts";
import { Session } from "./state/session.ts";
import { isDark, language } from "./state/settings.ts";
import { word } from "./words/words.ts";

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
  const session = new Session();
  void session.boot(miniosPlan());
  document.addEventListener("keydown", (event) => handleShortcut(event, session));
  render(<App session={session} />, root);
}

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  addEventListener("load", () => {
    navigator.serviceWorker.register(new URL("./service-worker.js", document.baseURI)).catch(() => {});
  });
}
