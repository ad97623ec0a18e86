// The shell's variables: $NAME, set by NAME=value; $? is how the last pipeline ended, $0 to $9 and $# are the script's arguments.

const values = new Map<string, string>();

export function variable(name: string): string {
  return values.has(name) ? values.get(name) : "";
}

export function setVariable(name: string, value: string): void {
  values.set(name, value);
}

/** The name in "NAME=value"; "" if the word is none. */
export function assignedName(word: string): string {
  const equals = word.indexOf("=");
  if (equals < 1) return "";
  for (let i = 0; i < equals; i++) {
    const code = word.charCodeAt(i);
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    if (!isLetter && code != 0x5f && (i == 0 || code < 0x30 || code > 0x39)) return "";
  }
  return word.substring(0, equals);
}
