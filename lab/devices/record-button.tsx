// Begins and ends a record of the machine.

import { word } from "../words/words.ts";
import type { RecordingView } from "./recording.ts";

export function RecordButton({ recording }: { recording: RecordingView }) {
  const isOn = recording.isOn.value;
  return (
    <button
      type="button"
      class="chip record"
      data-on={isOn}
      onClick={() => void (isOn ? recording.stop() : recording.start())}
    >
      <i class="record-mark" aria-hidden="true" />
      {word(isOn ? "stopRecording" : "record")}
    </button>
  );
}
