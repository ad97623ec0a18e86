# A Xen guest of one file: says hello on the hypervisor's console and shuts down. Notes for the domain builder stand as text in
# __xen_guest, which is how guests said before there were ELF notes what they are.

.section __xen_guest
	.ascii	"GUEST_OS=hello"
	.ascii	",XEN_VER=xen-3.0"
	.ascii	",VIRT_BASE=0x0"
	.ascii	",ELF_PADDR_OFFSET=0x0"
	.ascii	",HYPERCALL_PAGE=0x2"
	.ascii	",PAE=yes"
	.ascii	",LOADER=generic"
	.byte	0

	HYPERVISOR_sched_op   = 29
	HYPERVISOR_console_io = 18
	CONSOLEIO_write       = 0
	SCHEDOP_shutdown      = 2

	.macro	hypercall number
	call	hypercall_page + \number * 32
	.endm

.text
	.globl	_start, hypercall_page
_start:
	cld
	lss	initial_stack, %esp
	xorl	%ebp, %ebp
	pushl	%esi			# start_info, from the domain builder
	movl	$CONSOLEIO_write, %ebx
	movl	$hello_length, %ecx
	movl	$hello, %edx
	hypercall HYPERVISOR_console_io
	testl	%eax, %eax
	js	1f
	incl	written
1:	movl	$SCHEDOP_shutdown, %ebx
	movl	$reason, %ecx
	hypercall HYPERVISOR_sched_op
	ud2

	.org	0x1000
hypercall_page:
	.skip	0x1000, 0xf4

.section .rodata
hello:
	.ascii	"Hello, Xen!\n"
	hello_length = . - hello
	.align	4
initial_stack:
	.long	stack_end, 0xe021

.data
reason:	.long	0			# SHUTDOWN_poweroff
written: .long	0

.bss
	.align	16
	.lcomm	scratch, 64
stack:	.space	8192
stack_end:
