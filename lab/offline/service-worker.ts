// The page without a network: what a visit needs is kept at the first one, so the second needs no server. Files of the build carry
// their contents' hash in their names and never change; the page itself is asked for anew with every new build of this file.
// What is large and not needed at once comes when the page says so. The build puts lists of files in place of the names below.

declare const __FILES__: readonly string[];
declare const __LATER__: readonly string[];
declare const __VERSION__: string;

/** A service worker's own side; the DOM's types know only a page's. */
interface Scope {
  addEventListener(type: "install" | "activate", listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: "message", listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  readonly registration: { readonly scope: string };
}
interface ExtendableEvent {
  waitUntil(promise: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
const scope = self as unknown as Scope;

const PREFIX = "minios-lab-";
const CACHE = PREFIX + __VERSION__;

scope.addEventListener("install", (event) => {
  event.waitUntil(fill(__FILES__).then(() => scope.skipWaiting()));
});

// The page has all that it needs for now. Without a network the next visit asks again.
scope.addEventListener("message", (event) => {
  event.waitUntil(fill(__LATER__).catch(() => {}));
});

/** What an older build kept and this one still has is not asked for again: names carry the hash. */
async function fill(files: readonly string[]): Promise<void> {
  const cache = await caches.open(CACHE);
  await Promise.all(
    files.map(async (file) => {
      const url = new URL(file, scope.registration.scope).href;
      const kept = file.startsWith("assets/") ? await caches.match(url) : undefined;
      if (kept && (await cache.match(url))) return;
      if (kept) await cache.put(url, kept);
      else await cache.add(new Request(url, { cache: file.startsWith("assets/") ? "default" : "reload" }));
    }),
  );
}

scope.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
      await scope.clients.claim();
    })(),
  );
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(scope.registration.scope)) return;
  event.respondWith(answer(request));
});

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const isPage = request.mode === "navigate";
  const kept = await cache.match(request, { ignoreSearch: isPage });
  if (kept) return kept;
  if (isPage && new URL(request.url).pathname === new URL(scope.registration.scope).pathname) {
    const page = await cache.match(new URL("index.html", scope.registration.scope).href);
    if (page) return page;
  }
  return fetch(request);
}
