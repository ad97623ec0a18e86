// What a guest may do with its memory by hypercalls, and what it may not.

import { describe, expect, test } from "vitest";
import { run } from "./guest.testing.ts";

/**
 * Helpers for guests of these tests: `frame N, REG` loads the machine frame of page N, `entry N, BITS` an entry for it into ECX, `map ADDRESS` maps ECX there,
 * `expect N` checks EAX. EBP is the frame list.
 */
const HELPERS = `
        movl    %esi, startInfo
        movl    68(%esi), %ebp
        jmp     main
        .macro  frame page, register
        movl    4 * (\\page)(%ebp), \\register
        .endm
        .macro  entry page, bits
        frame   \\page, %ecx
        shll    $12, %ecx
        orl     $\\bits, %ecx
        .endm
        .macro  map address
        hypercall 14, $\\address, , $0, $2
        .endm
        .macro  expect value
        cmpl    $\\value, %eax
        jne     bad
        .endm
        .macro  update where, value
        movl    \\where, request
        movl    \\value, request + 8
        hypercall 1, $request, $1, $0, $0x7ff0
        .endm
        .macro  extended command, argument
        movl    $\\command, request
        movl    \\argument, request + 4
        hypercall 26, $request, $1, $0, $0x7ff0
        .endm
        .balign 8
request: .skip  16
startInfo: .long 0
bad:    ud2
main:
`;
const passes = (source: string) => expect(run(`${HELPERS}${source}\n print "ok"\n poweroff`)).toBe("ok");

describe("update_va_mapping", () => {
  test("maps a page of the guest's elsewhere, and unmaps it", () => {
    passes(`
        movl    $0x11223344, 0x3000
        entry   3, 3
        map     0x200000
        expect  0
        cmpl    $0x11223344, 0x200000
        jne     bad
        xorl    %ecx, %ecx
        map     0x200000
        expect  0
        hypercall 14, $0x200000, $0, $0, $0
        hypercall 18, $0, $1, $0x200000
        expect  -14
    `);
  });

  test("refuses frames of the hypervisor and none at all, and a table that can be written", () => {
    passes(`
        movl    $0x3003, %ecx                   # the hypervisor's GDT
        map     0x200000
        expect  -16
        movl    $0xfffff003, %ecx               # no such memory
        map     0x200000
        expect  -22
        movl    startInfo, %eax
        movl    60(%eax), %eax                  # the page directory
        shrl    $12, %eax
        movl    (%ebp,%eax,4), %ecx
        shll    $12, %ecx
        orl     $3, %ecx
        map     0x200000
        expect  -16
        subl    $2, %ecx                        # to be read it may be mapped
        map     0x200000
        expect  0
    `);
  });

  test("refuses large and global pages, and addresses of the hypervisor", () => {
    passes(`
        entry   3, 0x83
        map     0x200000
        expect  -22
        entry   3, 0x103
        map     0x200000
        expect  -22
        entry   3, 3
        map     0xfc000000
        expect  -22
    `);
  });
});

describe("mmu_update", () => {
  test("builds a page table of the guest's own, enters it in the directory, and gives it up again", () => {
    passes(`
        # Page 100h+8 becomes the table of 800000h: mapped read-only first, since it can be written now.
        movl    $0x55667788, 0x3000
        entry   3, 3
        movl    %ecx, 0x108000 + 5 * 4          # 805000h -> page 3
        entry   0x108, 1
        map     0x108000
        expect  0
        movl    %cr3, %edi
        addl    $2 * 4, %edi                    # the directory's entry for 800000h
        entry   0x108, 7
        update  %edi, %ecx
        expect  0
        cmpl    $0x55667788, 0x805000
        jne     bad
        # It is a page table now.
        entry   0x108, 3
        map     0x108000
        expect  -16
        # By its machine address an entry of it changes.
        frame   0x108, %edi
        shll    $12, %edi
        addl    $6 * 4, %edi
        entry   3, 3
        update  %edi, %ecx
        expect  0
        cmpl    $0x55667788, 0x806000
        jne     bad
        # And once the directory has no entry for it, it is memory again.
        movl    %cr3, %edi
        addl    $2 * 4, %edi
        update  %edi, $0
        expect  0
        entry   0x108, 3
        map     0x108000
        expect  0
        movl    $1, 0x108000
    `);
  });

  test("never the hypervisor's part of a directory", () => {
    passes(`
        movl    %cr3, %edi
        addl    $1020 * 4, %edi
        entry   3, 3
        update  %edi, %ecx
        expect  -1
    `);
  });

  test("changes the machine-to-physical table, for the guest's own frames", () => {
    passes(`
        frame   3, %edx
        movl    %edx, %edi
        shll    $12, %edi
        orl     $1, %edi
        update  %edi, $4711
        expect  0
        frame   3, %edx
        cmpl    $4711, 0xfc000000(,%edx,4)
        jne     bad
        update  $0x3001, $0
        expect  -22
    `);
  });

  test("counts what was done before an error, and does long lists in pieces", () => {
    passes(`
        hypercall 1, $list, $3, $done, $0x7ff0
        expect  -22
        cmpl    $0, done
        jne     bad
        # 1000 times the same entry, which is 2000 words in page 110h and on.
        frame   3, %eax
        shll    $12, %eax
        orl     $1, %eax
        movl    $0x110000, %edi
        movl    $1000, %ecx
1:      movl    %eax, (%edi)
        movl    $0, 4(%edi)
        movl    %ecx, 8(%edi)
        movl    $0, 12(%edi)
        addl    $16, %edi
        loop    1b
        hypercall 1, $0x110000, $1000, $done, $0x7ff0
        expect  0
        cmpl    $1000, done
        jne     bad
        jmp     1f
        .balign 8
list:   .long   0x3000, 0, 0, 0
done:   .long   0
1:
    `);
  });
});

describe("mmuext_op", () => {
  test("pins a directory of the guest's own and changes to it", () => {
    passes(`
        # A copy of the present directory, in page 109h.
        movl    %cr3, %edi
        shrl    $12, %edi
        movl    0xfc000000(,%edi,4), %edi       # its page
        shll    $12, %edi
        movl    $0x109000, %eax
        xorl    %ecx, %ecx
1:      movl    (%edi,%ecx,4), %edx
        movl    %edx, (%eax,%ecx,4)
        incl    %ecx
        cmpl    $1024, %ecx
        jne     1b
        frame   0x109, %edi
        extended 1, %edi                        # pin: it can still be written
        expect  -22
        entry   0x109, 1
        map     0x109000
        expect  0
        frame   0x109, %edi
        extended 1, %edi
        expect  0
        extended 5, %edi                        # new base pointer
        expect  0
        movl    %cr3, %eax
        shrl    $12, %eax
        cmpl    %edi, %eax
        jne     bad
        extended 4, %edi                        # unpin: still in use
        expect  0
        extended 4, %edi
        expect  -22
        frame   3, %edi
        extended 5, %edi                        # no page table
        expect  -22
    `);
  });
});

describe("memory_op", () => {
  test("gives a frame back that is not mapped, and takes one again", () => {
    passes(`
        hypercall 12, $3, $domid
        expect  2048
        frame   3, %eax
        movl    %eax, extent
        hypercall 12, $1, $reservation          # it is mapped
        expect  0
        xorl    %ecx, %ecx
        map     0x3000
        hypercall 12, $1, $reservation
        expect  1
        hypercall 12, $3, $domid
        expect  2047
        entry   3, 3
        map     0x3000
        expect  -16
        movl    $3, extent
        hypercall 12, $6, $reservation          # populate page 3
        expect  1
        frame   3, %eax
        cmpl    extent, %eax                    # the lowest free one
        jne     bad
        entry   3, 3
        map     0x3000
        expect  0
        cmpl    $0, 0x3000
        jne     bad
        jmp     1f
        .balign 4
domid:  .long   0x7ff0
reservation: .long extent, 1, 0, 0, 0x7ff0
extent: .long   0
1:
    `);
  });
});

describe("descriptor tables", () => {
  test("of the guest's own: its segments work, and no gate and nothing of ring 0 comes in", () => {
    passes(`
        # Page 10Ah: descriptor 1 is data of ring 1 with base 3000h.
        movl    $0x3000ffff, 0x10a008
        movl    $0x00cfb200, 0x10a00c
        movl    $0x11112222, 0x3004
        entry   0x10a, 1
        map     0x10a000
        frame   0x10a, %eax
        movl    %eax, request
        hypercall 2, $request, $512
        expect  -22                             # it would reach into the hypervisor
        entry   0x10a, 3
        map     0x10a000
        movl    $0x30000fff, 0x10a008
        movl    $0x0040b200, 0x10a00c
        entry   0x10a, 1
        map     0x10a000
        hypercall 2, $request, $512
        expect  0
        movl    $9, %eax
        movl    %eax, %fs
        cmpl    $0x11112222, %fs:4
        jne     bad
        # One more by update_descriptor.
        frame   0x10a, %edi
        shll    $12, %edi
        addl    $16, %edi
        hypercall 10, %edi, $0, $0x30000fff, $0x0040b200
        expect  0
        hypercall 10, %edi, $0, $0x30000fff, $0x00409200
        expect  -22                             # ring 0
        hypercall 10, %edi, $0, $0x00080000, $0x0000ec00
        expect  -22                             # a call gate
    `);
  });
});
