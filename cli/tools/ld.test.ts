import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeArchive } from "../../formats/ar.ts";
import { readExecutable } from "../../formats/elf32-executable.ts";
import { writeObject } from "../../formats/elf32-object.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { UsageError } from "../errors.ts";
import { FakeIo } from "../testing/fake-io.ts";
import { ld } from "./ld.ts";
import { parseLdArguments } from "./ld-options.ts";

const folder = mkdtempSync(join(tmpdir(), "minios-ld-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);

function object(source: string, file = "x.s"): Uint8Array {
  return writeObject(assemble(source, { file }).object);
}

function run(...args: string[]): { status: number; stdout: string; stderr: string } {
  const io = new FakeIo();
  const status = ld(io, args, "1.2.3");
  return { status, stdout: io.stdout.text, stderr: io.stderr.text };
}

writeFileSync(path("a.o"), object(".globl _start\n_start: call helper\nhlt", "a.s"));
writeFileSync(path("b.o"), object(".globl helper\nhelper: ret", "b.s"));
writeFileSync(path("c.o"), object(".globl helper, other\nhelper: nop\nother: .long 1", "c.s"));

describe("parseLdArguments", () => {
  const parse = (line: string) => parseLdArguments(line.split(" ").filter((word) => word !== ""));

  it.each([
    ["-Ttext 0x100000", 0x100000],
    ["-Ttext=100000", 0x100000],
    ["-Ttext=0x100000", 0x100000],
    ["--Ttext 100000", 0x100000],
    ["--section-start=.text=7c00", 0x7c00],
    ["--section-start .text=0x7c00", 0x7c00],
  ])("%s", (line, address) => {
    expect(parse(`${line} a.o`).sectionStarts.get(".text")).toBe(address);
  });

  it("takes values behind letters, spaces and equals signs", () => {
    const options = parse(
      "-melf_i386 -m elf_i386 -Tk.ld -oout -emain -L. -L lib -lx -l y -usym -z noexecstack -znorelro --entry=go -Map=m",
    );
    expect(options).toMatchObject({
      script: "k.ld",
      output: "out",
      entry: "go",
      map: "m",
      searchDirectories: [".", "lib"],
      wanted: ["sym"],
      executableStack: false,
      relro: false,
    });
    expect(options.inputs).toEqual([
      { kind: "library", name: "x", whole: false },
      { kind: "library", name: "y", whole: false },
    ]);
    expect(parse("-nostdlib -n --oformat=binary --oformat binary -N a.o")).toMatchObject({
      paging: "packed",
      format: "binary",
    });
    expect(parse("-o entry.o -T script.ld").output).toBe("entry.o");
  });

  it("nests groups and reads response files", () => {
    const files: Record<string, string> = { args: `-o "my file" -( x.a 'y z.a' -) @more`, more: "last\\ one.o" };
    const options = parseLdArguments(["@args", "@missing"], (name) => files[name]);
    expect(options.output).toBe("my file");
    expect(options.inputs).toEqual([
      {
        kind: "group",
        inputs: [
          { kind: "file", name: "x.a", whole: false },
          { kind: "file", name: "y z.a", whole: false },
        ],
      },
      { kind: "file", name: "last one.o", whole: false },
      { kind: "file", name: "@missing", whole: false },
    ]);
    expect(() => parseLdArguments(["@loop"], () => "@loop")).toThrow(UsageError);
  });

  it.each([
    ["-foo", "unknown option '-foo'"],
    ["-o", "option '-o' wants a value"],
    ["-m elf_x86_64", "-m: expected elf_i386 or i386, found 'elf_x86_64'"],
    ["-Ttext xyz", "expected a hexadecimal address below 4 GiB, found 'xyz'"],
    ["-shared a.o", "this linker makes static programs only"],
    ["--start-group a.o", "--start-group without --end-group"],
    ["-)", "without --start-group"],
    ["-z max-page-size=3", "expected a power of two"],
    ["--oformat=srec", "expected binary or elf32-i386, found 'srec'"],
  ])("%s is wrong usage", (line, message) => {
    expect(() => parse(line)).toThrow(UsageError);
    expect(() => parse(line)).toThrow(message);
  });
});

describe("minios ld", () => {
  it("links a program that can be run", () => {
    expect(run("-Ttext", "0x100000", "-o", path("out"), path("a.o"), path("b.o"))).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
    const { entry, sections } = readExecutable(new Uint8Array(readFileSync(path("out"))), "out");
    expect([entry, sections[0].address]).toEqual([0x100000, 0x100000]);
  });

  it("writes a map, to a file and to standard output", () => {
    run("-Map", path("map"), "-o", path("out"), path("a.o"), path("b.o"));
    expect(readFileSync(path("map"), "utf8")).toMatch(/^\.text +0x08049000/m);
    expect(run("-M", "-o", path("out"), path("a.o"), path("b.o")).stdout).toMatch(/helper/);
  });

  it("takes from archives what is needed, and from scripts what they name", () => {
    const members = ["b.o", "c.o"].map((name) => ({ name, data: new Uint8Array(readFileSync(path(name))) }));
    writeFileSync(path("libparts.a"), writeArchive({ members, symbols: undefined }));
    expect(run("-L", folder, path("a.o"), "-lparts", "-o", path("out")).status).toBe(0);
    writeFileSync(path("inputs.ld"), `SEARCH_DIR(${folder}) INPUT(a.o -lparts) OUTPUT(${path("named")})`);
    expect(run(path("inputs.ld"))).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(existsSync(path("named"))).toBe(true);
  });

  it("says all that is wrong, and leaves no file behind", () => {
    const before = readdirSync(folder).length;
    const { status, stderr } = run("-o", path("never"), path("a.o"), path("b.o"), path("c.o"), "-u", "x");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^minios ld: error: duplicate symbol 'helper': defined in .*b\.o.* and in .*c\.o/);
    const missing = run("-o", path("never"), path("a.o"));
    expect([missing.status, missing.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^minios ld: error: undefined symbol 'helper': needed by .*a\.o \(a\.s:2|^minios ld: error: undefined symbol 'helper': needed by .*a\.o/,
      ),
    ]);
    expect(run("-o", path("never"), path("nothing.o")).stderr).toMatch(/nothing\.o: no such file\n$/);
    writeFileSync(path("wrong.ld"), "SECTIONS {\n  .text { *(.text) }\n}");
    expect(run("-T", path("wrong.ld"), "-o", path("never"), path("b.o"))).toEqual({
      status: 1,
      stdout: "",
      stderr: `${path("wrong.ld")}:2:9: error: expected an expression, found '{'\n`,
    });
    expect(readdirSync(folder).length).toBe(before + 1);
  });

  it("warns, and can take warnings for errors", () => {
    expect(run("-e", "nowhere", "-o", path("out"), path("b.o")).stderr).toBe(
      "minios ld: warning: no entry symbol 'nowhere'; execution starts at 0x8049000\n",
    );
    expect(run("--fatal-warnings", "-e", "nowhere", "-o", path("fatal"), path("b.o")).status).toBe(1);
    expect(existsSync(path("fatal"))).toBe(false);
  });

  it("names its version", () => {
    expect(run("--version").stdout).toBe("minios ld 1.2.3 (supported emulation: elf_i386)\n");
    expect(() => run()).toThrow(UsageError);
  });
});

describe("whatever it is given", () => {
  let seed = 7;
  const random = (limit: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };

  it("links or says what is wrong: objects and archives with changed bytes", () => {
    const archive = writeArchive({
      members: ["b.o", "c.o"].map((name) => ({ name, data: new Uint8Array(readFileSync(path(name))) })),
      symbols: undefined,
    });
    const seeds = [
      object(
        '.globl _start\n_start: call x\n.data\n.long y-.\n.bss\n.skip 9\ny: .comm c, 4\n.section .eh_frame,"a"\n.long 8,0,0',
        "f.s",
      ),
      archive,
    ];
    const counts = [0, 0];
    for (let round = 0; round < 240; round++) {
      const bytes = seeds[round % 2].slice();
      for (let n = random(4); n >= 0; n--) bytes[random(bytes.length)] = random(3) === 0 ? 0xff : random(256);
      writeFileSync(path("mutant"), bytes.subarray(0, random(10) === 0 ? random(bytes.length) : bytes.length));
      counts[run("--unresolved-symbols=ignore-all", "-o", path("out"), path("a.o"), path("mutant")).status]++;
    }
    expect(counts[0]).toBeGreaterThan(20);
    expect(counts[1]).toBeGreaterThan(20);
  });

  it("reads any arguments or refuses them", () => {
    const words =
      "-o out -T -Ttext 7c00 -e x -( -) --gc-sections -r -s -z noexecstack -Map= -l m --defsym a=1 -u @ - -- -Tdata=5 --section-start a=b a.o -N".split(
        " ",
      );
    let read = 0;
    for (let round = 0; round < 3000; round++) {
      const args = Array.from({ length: random(8) }, () =>
        words[random(words.length)].slice(0, random(12) === 0 ? random(6) : 99),
      );
      try {
        parseLdArguments(args);
        read++;
      } catch (error) {
        if (!(error instanceof UsageError)) throw new Error(args.join(" "), { cause: error });
      }
    }
    expect(read).toBeGreaterThan(300);
  });
});
