/* SPDX-License-Identifier: Apache-2.0
 *
 * Switch of stacks for 64-bit ARM (AAPCS64, 6.1): x19-x28, x29 (frame), x30 (link), sp and the low
 * halves of v8-v15 belong to the caller. FPCR is global by that standard and nobody here writes it.
 * The frame, from the saved stack pointer up:
 *
 *     0 x19 x20   16 x21 x22   32 x23 x24   48 x25 x26   64 x27 x28   80 x29 x30   96 d8 ... d15
 *
 * "hint 34" is BTI C, a no-op where there is no branch target identification.
 */
    .text

/* void fiber_switch(void **out_here, void *there) */
    .globl  fiber_switch
    .hidden fiber_switch
    .type   fiber_switch, %function
    .balign 16
fiber_switch:
    .cfi_startproc
    hint    34
    sub     sp, sp, 160
    .cfi_adjust_cfa_offset 160
    stp     x19, x20, [sp, 0]
    stp     x21, x22, [sp, 16]
    stp     x23, x24, [sp, 32]
    stp     x25, x26, [sp, 48]
    stp     x27, x28, [sp, 64]
    stp     x29, x30, [sp, 80]
    .cfi_rel_offset x29, 80
    .cfi_rel_offset x30, 88
    stp     d8, d9, [sp, 96]
    stp     d10, d11, [sp, 112]
    stp     d12, d13, [sp, 128]
    stp     d14, d15, [sp, 144]
    mov     x9, sp
    str     x9, [x0]
    mov     sp, x1
    ldp     x19, x20, [sp, 0]
    ldp     x21, x22, [sp, 16]
    ldp     x23, x24, [sp, 32]
    ldp     x25, x26, [sp, 48]
    ldp     x27, x28, [sp, 64]
    ldp     x29, x30, [sp, 80]
    ldp     d8, d9, [sp, 96]
    ldp     d10, d11, [sp, 112]
    ldp     d12, d13, [sp, 128]
    ldp     d14, d15, [sp, 144]
    add     sp, sp, 160
    .cfi_adjust_cfa_offset -160
    .cfi_restore x29
    .cfi_restore x30
    ret
    .cfi_endproc
    .size   fiber_switch, . - fiber_switch

/* void *fiber_switch_make(void *low, void *high, fiber_entry_fn *entry)
 *
 * A frame record of zeros above the frame is where backtraces end. */
    .globl  fiber_switch_make
    .hidden fiber_switch_make
    .type   fiber_switch_make, %function
    .balign 16
fiber_switch_make:
    .cfi_startproc
    hint    34
    stp     xzr, xzr, [x1, -16]
    sub     x9, x1, 16
    sub     x0, x9, 160
    stp     xzr, xzr, [x0, 0]
    stp     xzr, xzr, [x0, 16]
    stp     xzr, xzr, [x0, 32]
    stp     xzr, xzr, [x0, 48]
    stp     xzr, xzr, [x0, 64]
    stp     x9, x2, [x0, 80]
    stp     xzr, xzr, [x0, 96]
    stp     xzr, xzr, [x0, 112]
    stp     xzr, xzr, [x0, 128]
    stp     xzr, xzr, [x0, 144]
    ret
    .cfi_endproc
    .size   fiber_switch_make, . - fiber_switch_make

/* Ready for BTI (feature 1, bit 0): an object without this note switches it off for the program. */
    .section .note.gnu.property, "a"
    .balign 8
    .word   4
    .word   16
    .word   5
    .asciz  "GNU"
    .word   0xc0000000
    .word   4
    .word   1
    .word   0

    .section .note.GNU-stack, "", %progbits
