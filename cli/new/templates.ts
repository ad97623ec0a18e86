// The templates that the package ships: small projects in templates/, and what is copied to them from elsewhere.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";

interface Template {
  /** Folders of the package that become folders of the project. */
  brings?: { from: string; to: string; files: RegExp }[];
}

/**
 * A new name belongs here, into options.ts and into templates/README.md. The kernel's boot code is MiniOS's own; a project
 * gets a copy, so that a person can read and change all of what boots.
 */
const TEMPLATES: Record<string, Template> = {
  "boot-sector": {},
  multiboot: {},
  kernel: { brings: [{ from: "kernel/boot", to: "boot", files: /^(a20|boot|setup)\.(s|ld)$/ }] },
  xen: {},
};

/** What npm keeps out of packages under its own name. */
const RENAMED: Record<string, string> = { gitignore: ".gitignore" };

export const TEMPLATE_NAMES = Object.keys(TEMPLATES);

/** Path in the project and contents of each file. The template's name gives way to the project's. */
export function templateFiles(template: string, name: string): Map<string, Uint8Array> {
  const root = packageRoot(join("templates", TEMPLATE_NAMES[0]));
  const files = new Map<string, Uint8Array>();
  const add = (from: string, to: string, wanted: RegExp) => {
    for (const entry of readdirSync(join(root, from), { withFileTypes: true })) {
      if (entry.isDirectory()) add(join(from, entry.name), join(to, entry.name), wanted);
      else if (wanted.test(entry.name)) {
        files.set(join(to, RENAMED[entry.name] ?? entry.name), readFileSync(join(root, from, entry.name)));
      }
    }
  };
  add(join("templates", template), "", /./);
  for (const { from, to, files: wanted } of TEMPLATES[template].brings ?? []) add(from, to, wanted);

  const rename = (file: string, pattern: RegExp, replacement: string) => {
    const text = new TextDecoder().decode(files.get(file));
    files.set(file, new TextEncoder().encode(text.replace(pattern, replacement)));
  };
  rename("minios.json", /("name": )"[^"]*"/, `$1"${name}"`);
  // npm wants small letters.
  rename("package.json", /("name": )"[^"]*"/, `$1"${name.toLowerCase()}"`);
  rename("README.md", /^# .*/, `# ${name}`);
  return files;
}
