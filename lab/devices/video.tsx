// The video adapter: its mode, where the picture begins, and the colours it can show.

import { hex } from "../inspect/look.ts";
import { type WordKey, word } from "../words/words.ts";
import type { PanelProps } from "./devices.tsx";
import { Card, Fact, Facts } from "./parts.tsx";
import { decodeVideo, type VideoLook } from "./vga.ts";

const KINDS: Record<VideoLook["kind"], WordKey> = {
  text: "modeText",
  graphics: "modeGraphics",
  linear: "modeLinear",
};

export function Video({ states: { vga } }: PanelProps) {
  if (!vga) return null;
  const { kind, width, height, bits, startAddress, cursor, isBlanked, palette, registers } = decodeVideo(vga);
  const mode = word(KINDS[kind], { width, height, bits });
  return (
    <div class="panel cards">
      <Card title={isBlanked ? `${mode} · ${word("blanked")}` : mode}>
        <Facts>
          <Fact name={word("startAddress")}>{`${hex(startAddress, 4)}h`}</Fact>
          {cursor && (
            <Fact name={word("cursor")}>
              {cursor.visible ? word("cursorAt", { column: cursor.column, row: cursor.row }) : word("hidden")}
            </Fact>
          )}
          {registers.map(({ name, bytes }) => (
            <Fact key={name} name={name}>
              <span class="register-bytes">{Array.from(bytes, (byte) => hex(byte, 2)).join(" ")}</span>
            </Fact>
          ))}
        </Facts>
      </Card>
      {palette.length > 0 && (
        <Card title={word("palette")}>
          <div
            class="swatches"
            data-many={palette.length > 16}
            role="img"
            aria-label={word("paletteOf", { count: palette.length })}
          >
            {palette.map((colour, n) => (
              <span key={n} class="swatch" style={{ background: colour }} title={`${n}: ${colour}`} />
            ))}
          </div>
        </Card>
      )}
    </div>
  );
}
