// What kind of configuration a file is, told by its content. A further kind is a line here and a parser beside.

export type ConfigurationKind = "domain";

/** Larger files are images. */
const LARGEST = 256 * 1024;
/** Control characters that no text has. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
const BINARY = /[\x00-\x08\x0e-\x1a\x1c-\x1f]/;

const KINDS: readonly { kind: ConfigurationKind; looksSo: (text: string) => boolean }[] = [
  // An assignment that only a domain file has. VMware's files assign as well, but to names with dots.
  {
    kind: "domain",
    looksSo: (text) =>
      /^[ \t]*(kernel|ramdisk|memory|vcpus|extra|root|on_poweroff|on_reboot|on_crash|bootloader|builder|vif)[ \t]*\+?=/m.test(
        text,
      ) && !/^[ \t]*\w+\.\w+[\w.:]*[ \t]*=/m.test(text),
  },
];

/** The kind and the text of a configuration file; undefined when it is something else. */
export function configurationOf(bytes: Uint8Array): { kind: ConfigurationKind; text: string } | undefined {
  if (bytes.length > LARGEST) return undefined;
  const text = new TextDecoder().decode(bytes);
  if (BINARY.test(text)) return undefined;
  const found = KINDS.find(({ looksSo }) => looksSo(text));
  return found && { kind: found.kind, text };
}
