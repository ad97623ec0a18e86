// What the panels are made of: figures with their names, bits of a register, cards.

import type { ComponentChildren } from "preact";
import type { Bit } from "./fields.ts";

/** A figure with its name. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Facts({ children }: { children: ComponentChildren }) {
  return <dl class="facts">{children}</dl>;
}

/** Bits of a register: a full square is 1, an empty one 0. */
export function Bits({ bits }: { bits: readonly Bit[] }) {
  return (
    <span class="bits">
      {bits.map(({ name, isSet }) => (
        <span key={name} class="bit" data-set={isSet}>
          {name}
          <span class="unseen">{isSet ? " 1" : " 0"}</span>
        </span>
      ))}
    </span>
  );
}

export function Card({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="card">
      <h3 class="card-title">{title}</h3>
      {children}
    </section>
  );
}
