; hello.asm - the smallest guest that touches most of a PC: it boots, looks round, says what it found, and powers off.
;
; Every character goes to the VGA text screen, to COM1 (115200 8N1) and to the debug console (port E9h). A line that
; checks something ends in "ok" or "FAILED"; the last line counts the failures:
;
;   PcEmu hello
;   cpu       GenuineIntel family 6, model 6
;   memory    65023 KiB in 2 of 6 E820 ranges, ok
;   pit       2 ticks, ok
;   rtc       20 ms wait, ok
;   protected 32-bit, A20 on, ok
;   checksum  0fcfb015, ok
;   done, 0 failed
;
; Build: make (nasm). A raw disk image; INT 13h reads cylinder 0, head 0, so that it boots as hard disk and as floppy.

SECTORS  equ 8                          ; of the whole image
COM1     equ 0x3F8
TICKS    equ 0x46C                      ; BIOS data area: timer ticks since midnight
CURSOR   equ 0x450                      ; BIOS data area: column, row on page 0
E820BUF  equ 0x9000
PATTERN  equ 0x100000                   ; what the checksum runs over: 64 KiB above 1 MiB
EXPECTED equ 0x0FCFB015                 ; CRC-32 of that pattern

        cpu  686
        org  0x7C00
        bits 16

boot:   jmp  0:.here
.here:  xor  ax, ax
        mov  ds, ax
        mov  es, ax
        mov  ss, ax
        mov  sp, 0x7C00
        cld
        sti
        mov  di, 3                      ; a floppy may need its motor to come up
.read:  mov  ax, 0x0200 | (SECTORS - 1)
        mov  bx, 0x7E00
        mov  cx, 2                      ; cylinder 0, sector 2
        mov  dh, 0                      ; DL is the drive that the BIOS booted
        int  0x13
        jnc  main
        xor  ax, ax
        int  0x13
        dec  di
        jnz  .read
        mov  si, no_disk
.say:   lodsb
        test al, al
        jz   .stop
        mov  ah, 0x0E
        mov  bx, 7
        int  0x10
        jmp  .say
.stop:  hlt
        jmp  .stop
no_disk: db  'disk error', 0

        times 510-($-$$) db 0
        dw   0xAA55

; ---- output ----------------------------------------------------------------------------------------------------------

print:  ; zero-terminated text at SI
        lodsb
        test al, al
        jz   .done
        call putc
        jmp  print
.done:  ret

putc:   ; AL; a line feed also returns the carriage
        cmp  al, 10
        jne  .one
        mov  al, 13
        call .one
        mov  al, 10
.one:   pushad
        out  0xE9, al
        mov  ah, al
        mov  dx, COM1 + 5
        mov  cx, 0xFFFF                 ; no endless wait where there is no UART
.wait:  in   al, dx
        test al, 0x20                   ; transmitter holding register empty
        loopz .wait
        mov  dx, COM1
        mov  al, ah
        out  dx, al
        mov  ah, 0x0E
        mov  bx, 7
        int  0x10
        popad
        ret

hex32:  ; EAX as eight hexadecimal digits
        mov  cx, 8
.digit: rol  eax, 4
        push ax
        and  al, 15
        cmp  al, 10
        sbb  al, 0x69
        das                             ; 0..15 to '0'..'9', 'A'..'F'
        or   al, 0x20                   ; lower case; digits have the bit already
        call putc
        pop  ax
        loop .digit
        ret

decimal: ; EAX, unsigned
        mov  ebx, 10
        xor  cx, cx
.div:   xor  edx, edx
        div  ebx
        push dx
        inc  cx
        test eax, eax
        jnz  .div
.out:   pop  ax
        add  al, '0'
        call putc
        loop .out
        ret

verdict: ; ends a line: carry set is a failure
        mov  si, failed
        jc   .bad
        mov  si, good
        jmp  print
.bad:   inc  byte [failures]
        jmp  print

; ---- what is looked at -----------------------------------------------------------------------------------------------

main:   mov  si, uart                   ; 115200 8N1, FIFOs on, DTR and RTS
.uart:  lodsw
        mov  dx, COM1
        add  dl, al
        mov  al, ah
        out  dx, al
        cmp  si, uart_end
        jb   .uart
        mov  ax, 3                      ; 80 x 25 text
        int  0x10
        mov  si, banner
        call print
        call cpu_line
        call memory_line
        call pit_line
        call rtc_line
        jmp  protected

cpu_line:
        mov  si, t_cpu
        call print
        pushfd                          ; CPUID is there when EFLAGS.ID can be changed
        pop  eax
        mov  ecx, eax
        xor  eax, 1 << 21
        push eax
        popfd
        pushfd
        pop  eax
        push ecx
        popfd
        xor  eax, ecx
        test eax, 1 << 21
        mov  si, t_nocpuid
        jz   print
        xor  eax, eax
        cpuid
        mov  [vendor], ebx
        mov  [vendor + 4], edx
        mov  [vendor + 8], ecx
        mov  si, vendor
        call print
        mov  eax, 1
        cpuid
        push eax
        mov  si, t_family
        call print
        pop  eax
        push eax
        shr  eax, 8
        and  eax, 15
        cmp  al, 15                     ; then the extended family counts too
        jne  .family
        mov  eax, [esp]
        shr  eax, 20
        and  eax, 255
        add  eax, 15
.family: call decimal
        mov  si, t_model
        call print
        pop  eax
        mov  ebx, eax
        shr  eax, 4
        and  eax, 15
        mov  ecx, ebx
        shr  ecx, 8
        and  cl, 15
        cmp  cl, 6                      ; families 6 and 15 have an extended model
        je   .extended
        cmp  cl, 15
        jne  .model
.extended:
        shr  ebx, 12
        and  ebx, 0xF0
        or   eax, ebx
.model: call decimal
        mov  al, 10
        jmp  putc

memory_line:
        mov  si, t_memory
        call print
        xor  ebx, ebx
        mov  [ranges], ebx
        mov  [usable], ebx
        mov  [kib], ebx
.next:  mov  eax, 0xE820
        mov  edx, 'PAMS'                ; "SMAP"
        mov  ecx, 20
        mov  di, E820BUF
        int  0x15
        jc   .end
        cmp  eax, 'PAMS'
        jne  .end
        inc  dword [ranges]
        cmp  dword [E820BUF + 16], 1
        jne  .more
        inc  dword [usable]
        mov  eax, [E820BUF + 8]
        mov  edx, [E820BUF + 12]
        shrd eax, edx, 10
        add  [kib], eax
.more:  test ebx, ebx
        jnz  .next
.end:   mov  eax, [kib]
        call decimal
        mov  si, t_kib
        call print
        mov  eax, [usable]
        call decimal
        mov  si, t_of
        call print
        mov  eax, [ranges]
        call decimal
        mov  si, t_ranges
        call print
        cmp  dword [kib], 512           ; carry: less than even a small PC has
        jmp  verdict

pit_line: ; channel 0 interrupts 18.2 times a second; the BIOS counts
        mov  si, t_pit
        call print
        mov  al, 0                      ; latch channel 0: the counter itself must move
        out  0x43, al
        in   al, 0x40
        mov  bl, al
        in   al, 0x40
        mov  bh, al
        mov  eax, [TICKS]
        add  eax, 2
        mov  ecx, 1000                  ; interrupts of any kind to wait at most
.wait:  hlt
        cmp  eax, [TICKS]
        jbe  .moved
        loop .wait, ecx
        stc
        jmp  verdict
.moved: mov  cx, 0xFFFF
.again: mov  al, 0
        out  0x43, al
        in   al, 0x40
        mov  ah, al
        in   al, 0x40
        xchg al, ah
        cmp  ax, bx
        loope .again
        jne  .ok
        stc
        jmp  verdict
.ok:    clc
        jmp  verdict

rtc_line: ; battery good, a time in BCD or binary, and the BIOS's wait, which counts periodic interrupts of the RTC
        mov  si, t_rtc
        call print
        mov  al, 0x0D
        out  0x70, al
        in   al, 0x71
        test al, 0x80                   ; VRT
        jz   .bad
        mov  al, 0x04                   ; hours
        out  0x70, al
        in   al, 0x71
        and  al, 0x7F
        cmp  al, 0x24
        jae  .bad
        mov  ah, 0x86
        xor  cx, cx
        mov  dx, 20000                  ; microseconds
        int  0x15
        jmp  verdict
.bad:   stc
        jmp  verdict

; ---- protected mode and back -----------------------------------------------------------------------------------------

protected:
        mov  si, t_protected
        call print
        mov  ax, 0x2401                 ; A20 on
        int  0x15
        cli
        lgdt [gdtr]
        mov  eax, cr0
        or   al, 1
        mov  cr0, eax
        jmp  8:flat

        bits 32
flat:   mov  ax, 16
        mov  ds, ax
        mov  es, ax
        mov  ss, ax
        mov  edi, PATTERN               ; a linear congruential generator fills 64 KiB
        mov  eax, 1
        mov  ecx, 0x4000
.fill:  imul eax, eax, 1664525
        add  eax, 1013904223
        stosd
        loop .fill
        mov  esi, PATTERN
        mov  ecx, 0x10000
        or   edx, -1
.byte:  lodsb
        xor  dl, al
        mov  bl, 8
.bit:   shr  edx, 1
        jnc  .even
        xor  edx, 0xEDB88320
.even:  dec  bl
        jnz  .bit
        loop .byte
        not  edx
        mov  [crc], edx
        mov  eax, [0x7C00]              ; with A20 off, both addresses are the same cell
        not  dword [0x107C00]
        mov  ecx, eax
        xor  ecx, [0x7C00]
        not  dword [0x107C00]
        mov  [a20_off], ecx
        mov  eax, 0x80000B00            ; bus 0, device 1, function 3: PIIX4's power management
        call pci
        cmp  eax, 0x71138086
        jne  .back
        mov  eax, 0x80000B40            ; PMBA
        call pci
        and  ax, 0xFFC0
        mov  [pmbase], ax
.back:  jmp  24:.narrow
        bits 16
.narrow: mov eax, cr0
        and  al, 0xFE
        mov  cr0, eax
        jmp  0:real

        bits 32
pci:    ; the configuration register at EAX
        mov  dx, 0xCF8
        out  dx, eax
        mov  dx, 0xCFC
        in   eax, dx
        ret

        bits 16
real:   xor  ax, ax
        mov  ds, ax
        mov  es, ax
        mov  ss, ax
        sti
        mov  eax, [a20_off]
        neg  eax                        ; carry unless it was 0
        call verdict
        mov  si, t_checksum
        call print
        mov  eax, [crc]
        call hex32
        mov  si, t_comma
        call print
        mov  eax, [crc]
        xor  eax, EXPECTED
        neg  eax
        call verdict
        mov  si, t_done
        call print
        movzx eax, byte [failures]
        call decimal
        mov  si, t_failed
        call print

; ---- power off -------------------------------------------------------------------------------------------------------

        mov  dx, COM1 + 5
        mov  cx, 0xFFFF
.drain: in   al, dx
        test al, 0x40                   ; transmitter empty
        loopz .drain
        mov  ax, 0x2000                 ; SLP_EN with SLP_TYP 0, which is S5 on a PIIX4
        mov  dx, [pmbase]
        test dx, dx
        jz   .guess
        add  dx, 4                      ; PM1a control
        out  dx, ax
.guess: mov  dx, 0x604                  ; no PIIX4 in its place: where firmware puts the register on a PC like it
        out  dx, ax
        mov  dx, 0xB004
        out  dx, ax
.stop:  cli
        hlt
        jmp  .stop

; ---- data ------------------------------------------------------------------------------------------------------------

        align 8
gdt:    dq   0
        dq   0x00CF9A000000FFFF         ; 08h: code, flat, 32-bit
        dq   0x00CF92000000FFFF         ; 10h: data, flat
        dq   0x00009A000000FFFF         ; 18h: code, 64 KiB, 16-bit, on the way back
gdtr:   dw   $ - gdt - 1
        dd   gdt
uart:   db   3, 0x80, 0, 1, 1, 0, 3, 3, 2, 7, 4, 3 ; register, value
uart_end:
banner:     db 'PcEmu hello', 10, 0
t_cpu:      db 'cpu       ', 0
t_nocpuid:  db 'without CPUID', 10, 0
t_family:   db ' family ', 0
t_model:    db ', model ', 0
t_memory:   db 'memory    ', 0
t_kib:      db ' KiB in ', 0
t_of:       db ' of ', 0
t_ranges:   db ' E820 ranges, ', 0
t_pit:      db 'pit       2 ticks, ', 0
t_rtc:      db 'rtc       20 ms wait, ', 0
t_protected: db 'protected 32-bit, A20 on, ', 0
t_checksum: db 'checksum  ', 0
t_comma:    db ', ', 0
t_done:     db 'done, ', 0
t_failed:   db ' failed', 10, 0
good:       db 'ok', 10, 0
failed:     db 'FAILED', 10, 0
vendor:     times 13 db 0
failures:   db 0
            align 4
ranges:     dd 0
usable:     dd 0
kib:        dd 0
crc:        dd 0
a20_off:    dd 0
pmbase:     dw 0

        times SECTORS*512-($-$$) db 0
