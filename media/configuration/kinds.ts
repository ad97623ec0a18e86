// What kind of configuration a file is, told by its content, and only then by its name. A further kind is a line here and a
// parser beside.

import { basename } from "../paths.ts";

export type ConfigurationKind = "domain" | "bochs" | "vmc" | "vbox" | "vmx";

/** Larger files are images. */
export const LARGEST_CONFIGURATION = 1024 * 1024;
const XML_HEAD = 4096;
/** Control characters that no text has. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
const BINARY = /[\x00-\x08\x0e-\x1a\x1c-\x1f]/;

/** The name of the first element of an XML file, behind declaration and comments; they are short, or this is none of ours. */
function rootOf(text: string): string | undefined {
  const start = text.slice(0, XML_HEAD).trimStart();
  if (!start.startsWith("<")) return undefined;
  return /<([A-Za-z]\w*)/.exec(start.replace(/<\?[\s\S]*?\?>|<!--[\s\S]*?-->/g, ""))?.[1];
}

interface Kind {
  kind: ConfigurationKind;
  looksSo: (text: string) => boolean;
  /** For files that no content gives away: empty ones, damaged ones. */
  name?: RegExp;
}

const KINDS: readonly Kind[] = [
  { kind: "vmc", looksSo: (text) => rootOf(text) === "preferences" && /<hardware\b/.test(text), name: /\.vmc$/i },
  { kind: "vbox", looksSo: (text) => rootOf(text) === "VirtualBox", name: /\.vbox(-prev)?$/i },
  {
    kind: "vmx",
    looksSo: (text) =>
      /^[ \t]*(config\.version|virtualHW\.version|guestOS|memsize|(ide|scsi|sata)\d:\d\.(present|fileName)|floppy0\.\w+)[ \t]*=[ \t]*"/im.test(
        text,
      ),
    name: /\.vmx$/i,
  },
  {
    kind: "bochs",
    looksSo: (text) =>
      /^[ \t]*(megs|romimage|vgaromimage|floppy[ab]|ata[0-3](-master|-slave)?|disk[cd]|cdromd|config_interface|display_library)[ \t]*:/im.test(
        text,
      ) ||
      /^[ \t]*boot[ \t]*:[ \t]*(floppy|disk|cdrom|a|c)\b/im.test(text) ||
      /^[ \t]*(memory|cpu)[ \t]*:[ \t]*(guest|host|count|ips|model)[ \t]*=/im.test(text),
    name: /(^\.?bochsrc(\..*)?|\.bxrc)$/i,
  },
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
export function configurationOf(bytes: Uint8Array, file = ""): { kind: ConfigurationKind; text: string } | undefined {
  if (bytes.length > LARGEST_CONFIGURATION) return undefined;
  const text = decode(bytes);
  if (BINARY.test(text)) return undefined;
  const name = basename(file.replaceAll("\\", "/"));
  const found = KINDS.find(({ looksSo }) => looksSo(text)) ?? KINDS.find((kind) => kind.name?.test(name));
  return found && { kind: found.kind, text };
}

/** UTF-8, or UTF-16 with its mark, as Virtual PC writes. */
function decode(bytes: Uint8Array): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}
