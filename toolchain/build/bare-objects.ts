// A kernel's constant objects (texts, arrays, functions that are values) without what only a garbage collector would ask for. The
// compiler puts 20 bytes in front of each object: the size of its block, two words of the collector's, its class, its length; and
// starts each on a multiple of 16. A kernel reads the length alone. So of the two classes that describe the header in the compiler's
// library, BLOCK and OBJECT, only the length stays, in BLOCK: 4 bytes.
// To make an object at run time the library needs the other fields. It no longer compiles then: found when built, not when run.

import type { Transform } from "assemblyscript/transform";

type AfterParse = NonNullable<Transform["afterParse"]>;
type AfterInitialize = NonNullable<Transform["afterInitialize"]>;
type Statement = Parameters<AfterParse>[0]["sources"][number]["statements"][number];
interface ClassDeclaration extends Statement {
  name: { text: string };
  members: ClassDeclaration[];
}

const LIBRARY = "~lib/rt/common.ts";
const LENGTH = "rtSize";

/** What the compiler calls when all is parsed. */
const afterParse: AfterParse = ({ sources }) => {
  const classes = sources.find(({ normalizedPath }) => normalizedPath === LIBRARY)?.statements.filter(isClass) ?? [];
  const [block, object] = ["BLOCK", "OBJECT"].map((name) => classes.find((declared) => declared.name.text === name));
  const length = object?.members.find(({ name }) => name.text === LENGTH);
  if (!block || !object || !length) throw new Error(`${LIBRARY} of this compiler describes no objects as we know them`);
  block.members = [length];
  object.members = [];
};

function isClass(statement: Statement): statement is ClassDeclaration {
  return "members" in statement && "name" in statement;
}

/** Then, before it makes constants: it would fill in every field that it knows of. */
const afterInitialize: AfterInitialize = ({ OBJECTInstance: header }) => {
  const writeField = header.writeField.bind(header);
  header.writeField = (name, ...rest) => (name === LENGTH ? writeField(name, ...rest) : 1);
};

export const bareObjects = { afterParse, afterInitialize };
