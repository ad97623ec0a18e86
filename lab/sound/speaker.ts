// The PC's speaker by Web Audio: a square wave, softly. Browsers play nothing before the person has touched the page; until then, and
// when it is switched off, the guest beeps in silence.

import { isSoundOn } from "../state/settings.ts";

const VOLUME = 0.04;
/** Ramps, so that a beep does not crack. */
const RAMP_S = 0.004;

interface Voice {
  context: AudioContext;
  oscillator: OscillatorNode;
  gain: GainNode;
}

let voice: Voice | undefined;
let hz = 0;

isSoundOn.subscribe(() => apply());

/** The tone that the guest plays now; 0: none. */
export function playTone(frequency: number): void {
  hz = frequency;
  apply();
}

function apply(): void {
  const isHeard = hz > 0 && isSoundOn.value && canPlay();
  if (isHeard) voice ??= makeVoice();
  if (!voice) return;
  const { context, oscillator, gain } = voice;
  if (isHeard) {
    void context.resume();
    // Beyond what a loudspeaker plays there is nothing to hear.
    oscillator.frequency.setValueAtTime(Math.min(hz, context.sampleRate / 2), context.currentTime);
  }
  gain.gain.setTargetAtTime(isHeard ? VOLUME : 0, context.currentTime, RAMP_S);
}

function canPlay(): boolean {
  return typeof AudioContext !== "undefined" && navigator.userActivation?.hasBeenActive !== false;
}

function makeVoice(): Voice {
  const context = new AudioContext();
  const oscillator = new OscillatorNode(context, { type: "square" });
  const gain = new GainNode(context, { gain: 0 });
  oscillator.connect(gain).connect(context.destination);
  oscillator.start();
  return { context, oscillator, gain };
}
