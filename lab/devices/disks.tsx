// The drives: what each does, and its disk as a strip of what was read and written while the machine was recorded.

import { CELL_READ, CELL_WRITTEN, DISK_NAMES, type DiskActivity } from "../../pc/recorder.ts";
import { useLook } from "../inspect/look.ts";
import { word } from "../words/words.ts";
import type { PanelProps } from "./devices.tsx";
import { decodeFloppy, decodeIde, type FloppyLook, type IdeLook } from "./drives.ts";
import { Bits } from "./parts.tsx";
import { RecordButton } from "./record-button.tsx";
import { recordingOf } from "./recording.ts";
import { sizeText, stripCells } from "./strip.ts";

const CELLS = 128;

export function Disks({ session, states: { fdc, ide } }: PanelProps) {
  const recording = recordingOf(session);
  const isOn = recording.isOn.value;
  useLook(session, () => recording.look(), [isOn]);
  const activities = recording.disks.value;
  const of = (disk: number) => activities.find((one) => one.disk === disk);
  const floppy = fdc && decodeFloppy(fdc);
  return (
    <div class="panel">
      <p class="disks-head">
        <RecordButton recording={recording} />
        <span>{word(isOn || activities.length > 0 ? "stripLegend" : "stripOff")}</span>
      </p>
      {floppy?.drives
        .filter(({ disk, blockCount }) => disk === 0 || blockCount > 0)
        .map((drive) => (
          <Drive
            key={drive.disk}
            disk={drive.disk}
            blockCount={drive.blockCount}
            facts={floppyFacts(floppy, drive)}
            activity={of(drive.disk)}
          />
        ))}
      {ide &&
        decodeIde(ide).map((drive) => (
          <Drive
            key={drive.disk}
            disk={drive.disk}
            blockCount={drive.blockCount}
            facts={ideFacts(drive)}
            bits={drive.status}
            activity={of(drive.disk)}
          />
        ))}
    </div>
  );
}

function floppyFacts({ command }: FloppyLook, drive: FloppyLook["drives"][number]): string[] {
  const facts = [word(drive.motor ? "motorOn" : "motorOff"), word("cylinder", { cylinder: drive.cylinder })];
  if (drive.writeProtected) facts.push(word("writeProtected"));
  if (drive.modified) facts.push(word("modified"));
  if (command?.drive === drive.disk) {
    const { name, cylinder, head, sector } = command;
    facts.push(word("lastCommand", { command: name }), word("chs", { cylinder, head, sector }));
  }
  return facts;
}

function ideFacts({ kind, command, position, remaining }: IdeLook): string[] {
  const facts = kind === "cd" ? [word("cdDrive")] : [];
  if (command !== undefined) facts.push(word("lastCommand", { command }));
  facts.push("lba" in position ? word("lba", position) : word("chs", position));
  if (remaining > 0) facts.push(word("sectorsLeft", { count: remaining }));
  return facts;
}

interface DriveProps {
  disk: number;
  blockCount: number;
  facts: readonly string[];
  bits?: IdeLook["status"];
  activity: DiskActivity | undefined;
}

function Drive({ disk, blockCount, facts, bits, activity }: DriveProps) {
  const size = blockCount === 0 ? word("noDisk") : sizeText(blockCount);
  return (
    <section class="drive">
      <p class="drive-head">
        <strong class="mono">{DISK_NAMES[disk]}</strong>
        <span>{[size, ...facts].join(" · ")}</span>
        {bits && <Bits bits={bits} />}
        {activity && (
          <span class="drive-figures figure">
            {word("stripFigures", { read: activity.blocksRead, written: activity.blocksWritten })}
          </span>
        )}
      </p>
      {blockCount > 0 && <Strip disk={disk} blockCount={blockCount} activity={activity} />}
    </section>
  );
}

function Strip({ disk, blockCount, activity }: Pick<DriveProps, "disk" | "blockCount" | "activity">) {
  const { blocksRead: read = 0, blocksWritten: written = 0 } = activity ?? {};
  const cells = stripCells(activity?.cells ?? new Uint8Array(0), CELLS);
  const here = activity && Math.min(CELLS - 1, Math.floor((activity.position * CELLS) / activity.blockCount));
  const label = word("stripLabel", { disk: DISK_NAMES[disk], read, written, total: blockCount });
  return (
    <div class="strip" role="img" aria-label={label}>
      {Array.from(cells, (flags, at) => (
        <i
          key={at}
          class="strip-cell"
          data-read={(flags & CELL_READ) !== 0}
          data-written={(flags & CELL_WRITTEN) !== 0}
          data-here={at === here}
        />
      ))}
    </div>
  );
}
