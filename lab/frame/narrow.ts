// Whether the page is as narrow as a phone; there is room for one thing beside the screen then.

import { signal } from "@preact/signals";

const NARROW = "(max-width: 760px)";

export const isNarrow = signal(false);

if (typeof matchMedia === "function") {
  const query = matchMedia(NARROW);
  isNarrow.value = query.matches;
  query.addEventListener("change", () => {
    isNarrow.value = query.matches;
  });
}
