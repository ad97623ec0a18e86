// What the guest wrote to its debug port, or the hypervisor about its domain.

import "./serial.css";
import { useEffect, useRef } from "preact/hooks";
import type { Session } from "../state/session.ts";
import { word } from "../words/words.ts";

export function Log({ session }: { session: Session }) {
  const place = useRef<HTMLPreElement>(null);
  const text = session.log.value;
  useEffect(() => {
    place.current?.scrollTo({ top: place.current.scrollHeight });
  }, [text]);
  if (text === "") return <p class="empty">{word("logEmpty")}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <pre ref={place} class="log" tabIndex={0}>
      {text}
    </pre>
  );
}
