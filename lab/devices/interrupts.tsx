// The interrupt controllers: sixteen lines, each with what it does by shape and by word.

import { hex } from "../inspect/look.ts";
import { type WordKey, word } from "../words/words.ts";
import type { PanelProps } from "./devices.tsx";
import { Card, Fact, Facts } from "./parts.tsx";
import { type ApicLook, decodeApic, decodePic, type IrqLine, type LineState, type PicChip } from "./pic.ts";

const STATE_WORDS: Record<LineState, WordKey> = {
  served: "lineServed",
  asking: "lineAsking",
  held: "lineHeld",
  masked: "lineMasked",
  idle: "lineIdle",
};

export function Interrupts({ states: { pic, localApic } }: PanelProps) {
  if (!pic) return null;
  return (
    <div class="panel">
      {decodePic(pic).map((chip) => (
        <Chip key={chip.name} chip={chip} />
      ))}
      {localApic && <Apic look={decodeApic(localApic)} />}
    </div>
  );
}

function Chip({ chip }: { chip: PicChip }) {
  const { name, vectorBase, irr, isr, imr, lines, isReady, autoEoi } = chip;
  const vectors = { first: hex(vectorBase, 2), last: hex(vectorBase + 7, 2) };
  return (
    <section class="pic">
      <p class="pic-head">
        <strong>{word(name === "master" ? "picMaster" : "picSlave")}</strong>
        <span class="mono">{isReady ? word("picVectors", vectors) : word("picNotReady")}</span>
        <span class="mono">
          IRR {hex(irr, 2)} · ISR {hex(isr, 2)} · IMR {hex(imr, 2)}
          {autoEoi && " · AEOI"}
        </span>
      </p>
      <ul class="irqs">
        {lines.map((line) => (
          <Line key={line.irq} line={line} />
        ))}
      </ul>
    </section>
  );
}

function Line({ line }: { line: IrqLine }) {
  const { irq, device, state, vector } = line;
  const title = word("irqLine", { irq, device, state: word(STATE_WORDS[state]), vector: hex(vector, 2) });
  return (
    <li class="irq" data-state={state} title={title}>
      <span class="irq-name">
        <b class="figure">{irq}</b> {device}
      </span>
      <span class="irq-state">
        <i class="irq-mark" aria-hidden="true" />
        {word(STATE_WORDS[state])}
      </span>
    </li>
  );
}

function Apic({ look }: { look: ApicLook }) {
  const { base, isEnabled, taskPriority, entries, inService, requested } = look;
  const list = (vectors: readonly number[]) => vectors.map((vector) => hex(vector, 2)).join(" ") || "–";
  return (
    <Card title={`${word("localApic")} · ${word(isEnabled ? "apicOn" : "apicOff")} · ${hex(base)}`}>
      <Facts>
        <Fact name={word("priority")}>{hex(taskPriority, 2)}</Fact>
        <Fact name="IRR">{list(requested)}</Fact>
        <Fact name="ISR">{list(inService)}</Fact>
        {entries.map(({ name, vector, isMasked, mode }) => (
          <Fact key={name} name={name}>
            {isMasked ? word("lineMasked") : mode === "fixed" ? word("apicVector", { vector: hex(vector, 2) }) : mode}
          </Fact>
        ))}
      </Facts>
    </Card>
  );
}
