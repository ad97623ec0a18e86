// Views as tabs: arrow keys move between them, one is in front.

import type { Signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";

export interface Tab {
  id: string;
  title: string;
}

export interface TabsProps {
  label: string;
  tabs: readonly Tab[];
  front: Signal<string>;
  /** The tab in front when `front` names none of these. */
  shown?: string;
  /** What stands at the other end of the row. */
  end?: ComponentChildren;
  children: ComponentChildren;
}

export function Tabs({ label, tabs, front, shown = front.value, end, children }: TabsProps) {
  const move = (event: JSX.TargetedKeyboardEvent<HTMLDivElement>) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const at = tabs.findIndex((tab) => tab.id === shown);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    event.preventDefault();
    front.value = next.id;
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
  };
  return (
    <section class="tabs">
      <div class="tabs-row">
        <div class="tabs-list" role="tablist" tabIndex={-1} aria-label={label} onKeyDown={move}>
          {tabs.map((tab) => (
            <button
              key={tab.id}
              type="button"
              role="tab"
              id={`tab-${tab.id}`}
              data-tab={tab.id}
              class="tab"
              aria-selected={tab.id === shown}
              aria-controls={`panel-${tab.id}`}
              tabIndex={tab.id === shown ? 0 : -1}
              onClick={() => {
                front.value = tab.id;
              }}
            >
              {tab.title}
            </button>
          ))}
        </div>
        {end}
      </div>
      <div class="tabs-panel" role="tabpanel" id={`panel-${shown}`} aria-labelledby={`tab-${shown}`}>
        {children}
      </div>
    </section>
  );
}
