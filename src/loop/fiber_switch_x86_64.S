/* SPDX-License-Identifier: Apache-2.0
 *
 * Switch of stacks for x86-64, System V ABI (psABI 1.0, 3.2.1): rbx, rbp, r12-r15, rsp and the
 * control bits of MXCSR and of the x87 word belong to the caller. The frame, from the saved stack
 * pointer up:
 *
 *     0 MXCSR   4 x87 control word   8 r15   16 r14   24 r13   32 r12   40 rbx   48 rbp   56 return
 *
 * No ENDBR64 and no CET property: a switch of stacks by hand and a shadow stack exclude each other,
 * and an object without the property tells the linker so.
 */
    .text

/* void fiber_switch(void **out_here, void *there) */
    .globl  fiber_switch
    .hidden fiber_switch
    .type   fiber_switch, @function
    .balign 16
fiber_switch:
    .cfi_startproc
    pushq   %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    pushq   %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    pushq   %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r12, 0
    pushq   %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r13, 0
    pushq   %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r14, 0
    pushq   %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r15, 0
    subq    $8, %rsp
    .cfi_adjust_cfa_offset 8
    stmxcsr (%rsp)
    fnstcw  4(%rsp)
    movq    %rsp, (%rdi)
    movq    %rsi, %rsp
    ldmxcsr (%rsp)
    fldcw   4(%rsp)
    addq    $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq    %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r15
    popq    %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r14
    popq    %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r13
    popq    %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r12
    popq    %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    popq    %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    /* Not ret: the CPU would predict the return to our own caller, and be wrong each time. */
    popq    %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register %rip, %rcx
    jmpq    *%rcx
    .cfi_endproc
    .size   fiber_switch, . - fiber_switch

/* void *fiber_switch_make(void *low, void *high, fiber_entry_fn *entry)
 *
 * Above the frame is a return address of 0, where backtraces end; it also gives the entry the
 * alignment that a call would have given it. */
    .globl  fiber_switch_make
    .hidden fiber_switch_make
    .type   fiber_switch_make, @function
    .balign 16
fiber_switch_make:
    .cfi_startproc
    leaq    -72(%rsi), %rax
    xorl    %ecx, %ecx
    stmxcsr (%rax)
    fnstcw  4(%rax)
    movq    %rcx, 8(%rax)
    movq    %rcx, 16(%rax)
    movq    %rcx, 24(%rax)
    movq    %rcx, 32(%rax)
    movq    %rcx, 40(%rax)
    movq    %rcx, 48(%rax)
    movq    %rdx, 56(%rax)
    movq    %rcx, 64(%rax)
    ret
    .cfi_endproc
    .size   fiber_switch_make, . - fiber_switch_make

    .section .note.GNU-stack, "", @progbits
