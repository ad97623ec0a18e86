// How large the picture is shown: as large as fits, or the largest whole multiple of the guest's pixels that fits.

import type { Scale } from "../state/settings.ts";

export interface Size {
  width: number;
  height: number;
}

/**
 * @param picture the guest's pixels
 * @param room CSS pixels
 * @param ratio device pixels in a CSS pixel
 * @returns CSS pixels
 */
export function placeOf(picture: Size, room: Size, scale: Scale, ratio: number): Size {
  const fit = Math.min(room.width / picture.width, room.height / picture.height);
  if (!(fit > 0)) return { width: 0, height: 0 };
  // Whole multiples of what the device can show; a place too small for one gets a picture that fits.
  const whole = Math.floor(fit * ratio) / ratio;
  const factor = scale === "integer" && whole > 0 ? whole : fit;
  return { width: Math.floor(picture.width * factor), height: Math.floor(picture.height * factor) };
}
