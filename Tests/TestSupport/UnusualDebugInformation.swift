// SPDX-License-Identifier: Apache-2.0

/// Assembly of a function `odd`, whose two instructions before its return are of lines 7 and 8 of odd.c,
/// with DWARF 4 written by hand. Compilers count kinds of entries from 1; here they begin at 2²¹, which
/// only libdw reads.
public let unusualDebugInformation = """
    .file "odd.c"
    .section .debug_line,"",@progbits
  .Lline:
    .text
    .globl odd
    .type odd, @function
  odd:
    .file 1 "odd.c"
    .loc 1 7
    nop
    .loc 1 8
    nop
    ret
  .Lend:
    .size odd, .Lend-odd

    .section .debug_abbrev,"",@progbits
  .Labbreviations:
    .uleb128 0x200000, 0x11
    .byte 1
    .uleb128 0x03, 0x08, 0x10, 0x17, 0x11, 0x01, 0x12, 0x07, 0, 0
    .uleb128 0x200001, 0x2e
    .byte 0
    .uleb128 0x03, 0x08, 0x3a, 0x0b, 0x3b, 0x0b, 0x11, 0x01, 0x12, 0x07, 0, 0
    .byte 0

    .section .debug_info,"",@progbits
    .long .Lunit_end-.Lunit
  .Lunit:
    .value 4
    .long .Labbreviations
    .byte 8
    .uleb128 0x200000
    .asciz "odd.c"
    .long .Lline
    .quad odd
    .quad .Lend-odd
    .uleb128 0x200001
    .asciz "odd"
    .byte 1, 7
    .quad odd
    .quad .Lend-odd
    .byte 0
  .Lunit_end:
    .section .note.GNU-stack,"",@progbits

  """
