// Files of the page's own server as a person's: for the examples, and for the address's `image`.

import { InputError } from "../../media/errors.ts";
import { basename } from "../../media/paths.ts";
import type { NamedBlob } from "./collection.ts";

/**
 * @param url relative to the page
 * @throws InputError when there is no such file
 */
export async function fetchFile(url: string, name = basename(url.replace(/[?#].*$/, ""))): Promise<NamedBlob> {
  const expected = "a file beside this page";
  let response: Response;
  try {
    response = await fetch(new URL(url, document.baseURI));
  } catch (error) {
    throw new InputError({ file: url, expected, found: error instanceof Error ? error.message : String(error) });
  }
  if (!response.ok) {
    throw new InputError({ file: url, expected, found: `${response.status} ${response.statusText}`.trim() });
  }
  return { name, blob: await response.blob() };
}
