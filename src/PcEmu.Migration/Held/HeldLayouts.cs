using System.Collections.Frozen;

namespace PcEmu.Migration.Held;

/// <summary>Sections that no device of ours reads: held for a machine that would not use them, or only shown.</summary>
public static class HeldLayouts
{
    private static HeldLayout Pci() => new("pci", 2, 0, "u32 pci_version bytes config:256 u32 intx_level:4");

    private static HeldLayout UsbDevice() => new("usb_device", 1, 1, """
        u8 addr u32 state remote_wakeup setup_state setup_len setup_index u8 setup_buf:8
        """);

    private static HeldLayout FloppyDrive() => new("fdrive", 1, 1, "u8 head track sect", subsections:
    [
        ("fdrive/media_changed", "u8 media_changed"),
        ("fdrive/media_rate", "u8 media_rate"),
        ("fdrive/perpendicular", "u8 perpendicular"),
    ]);

    private static readonly FrozenDictionary<string, HeldLayout> All = new[]
    {
        new HeldLayout("timer", 2, 2, "u64 cpu_ticks_offset dummy cpu_clock_offset"),
        new HeldLayout("apic", 3, 3, """
            u32 apicbase u8 id arb_id tpr u32 spurious_vec u8 log_dest dest_mode u32 isr:8 tmr:8 irr:8 lvt:6 esr icr:2
            divide_conf count_shift initial_count u64 initial_count_load_time next_time timer
            """),
        new HeldLayout("ioapic", 3, 1, "u8 id ioregsel u64 unused@2 u32 irr@2 u64 ioredtbl:24"),
        new HeldLayout(
            "hpet",
            2,
            2,
            "u64 config isr hpet_counter u8 num_timers struct timers:3",
            new Dictionary<string, HeldLayout>(StringComparer.Ordinal)
            {
                ["timers"] = new("hpet_timer", 1, 1, "u8 tn u64 config cmp fsb period u8 wrap_flag u64 qemu_timer"),
            },
            [("hpet/rtc_irq_level", "u8 rtc_irq_level"), ("hpet/offset", "u64 hpet_offset")]),
        new HeldLayout(
            "fdc",
            2,
            2,
            """
            u8 sra srb dor tdr dsr msr status0 status1 status2 bytes fifo:512 u32 data_pos data_len
            u8 data_state data_dir eot timer0 timer1 precomp_trk config lock pwrd num_floppies struct drives:2
            """,
            new Dictionary<string, HeldLayout>(StringComparer.Ordinal) { ["drives"] = FloppyDrive() }),
        new HeldLayout("vmmouse", 0, 0, "u32 queue_size bytes queue:4096 u16 nb_queue status u8 absolute"),
        new HeldLayout("kvmclock", 1, 1, "u64 clock"),
        new HeldLayout("kvm-tpr-opt", 1, 1, """
            u32 signature:2 virt_base fixup_start fixup_end vapic vapic_size vcpu_shift rom_real_tpr up:11 mp:11
            bios_enabled real_tpr bios_addr vapic_phys vbios_desc_phys
            """),
        new HeldLayout(
            "slirp",
            3,
            3,
            "u8 more u16 ip_id struct bootp_clients:16",
            new Dictionary<string, HeldLayout>(StringComparer.Ordinal) { ["bootp_clients"] = new("bootp_client", 1, 1, "u16 allocated bytes macaddr:6") }),
        new HeldLayout("acpi_build", 1, 1, "u8 patched"),
        new HeldLayout("PCIHost", 1, 1, "u32 config_reg"),
        WithPci("uhci", 3, 1, """
            u8 num_ports_vmstate u16 port0 port1 cmd status intr frnum u32 fl_base_addr u8 sof_timing status2
            u64 frame_timer expire_time@2 u32 pending_int_mask@3
            """),
        WithDevice("usb-ptr", 1, """
            struct queue:16 u32 head n protocol u8 idle
            """, ("queue", new("HIDPointerEventQueue", 1, 1, "u32 xdx ydy dz buttons_state"))),
        WithDevice("usb-kbd", 1, "u32 keycodes:16 head n u16 modifiers u8 leds bytes key:16 u32 keys protocol u8 idle"),
        WithDevice("usb-hub", 1, "struct ports:8", ("ports", new("usb-hub-port", 1, 1, "u16 wPortStatus wPortChange"))),
        WithPci("rtl8139", 4, 3, """
            bytes phys:6 mult:8 u32 TxStatus:4 TxAddr:4 RxBuf RxBufferSize RxBufPtr RxBufAddr u16 IntrStatus IntrMask
            u32 TxConfig RxConfig RxMissed u16 CSCR u8 Cfg9346 Config0 Config1 Config3 Config4 Config5 clock_enabled
            bChipCmdState u16 MultiIntr BasicModeCtrl BasicModeStatus NWayAdvert NWayLPAR NWayExpansion CpCmd u8 TxThresh
            u32 unused bytes macaddr:6 u32 mmio_dummy currTxDesc currCPlusRxDesc currCPlusTxDesc RxRingAddrLO RxRingAddrHI
            u16 eeprom_contents:64 u32 eeprom_mode eeprom_tick u8 eeprom_address u16 eeprom_input eeprom_output
            u8 eeprom_eecs eeprom_eesk eeprom_eedi eeprom_eedo u32 TCTR TimerInt u64 TCTR_base
            u64 TxOk RxOk TxERR u32 RxERR u16 MissPkt FAE u32 Tx1Col TxMCol u64 RxOkPhy RxOkBrd u16 TxAbt TxUndrn
            u32 cplus_enabled@4
            """, ("rtl8139/hotplug_ready", "")),
        WithPci("e1000", 2, 2, """
            u32 unused rxbuf_size rxbuf_min_shift eecd_val_in u16 eecd_bitnum_in eecd_bitnum_out eecd_reading u32 eecd_old
            u8 tx_ipcss tx_ipcso u16 tx_ipcse u8 tx_tucss tx_tucso u16 tx_tucse u32 tx_paylen u8 tx_hdr_len
            u16 tx_mss tx_size tx_tso_frames u8 tx_sum_needed tx_ip tx_tcp bytes tx_header:256 tx_data:65536
            u16 eeprom_data:64 phy_reg:32 u32 CTRL EECD EERD GPRC GPTC ICR ICS IMC IMS LEDCTL MANC MDIC MPC PBA RCTL RDBAH
            RDBAL RDH RDLEN RDT STATUS SWSM TCTL TDBAH TDBAL TDH TDLEN TDT TORH TORL TOTH TOTL TPR TPT TXDCTL WUFC VET
            RA:32 MTA:128 VFTA:128
            """, ("e1000/mit_state", "u32 RDTR RADV TADV ITR u8 mit_irq_level")),
    }.ToFrozenDictionary(static l => l.Name, StringComparer.Ordinal);

    /// <summary>Finds a layout by the section's name without bus path, or null.</summary>
    public static HeldLayout? Find(string kind) => All.GetValueOrDefault(kind);

    private static HeldLayout WithPci(string name, int version, int minimum, string fields, params IReadOnlyList<(string Name, string Fields)> subsections) =>
        new(name, version, minimum, "struct pci " + fields, new Dictionary<string, HeldLayout>(StringComparer.Ordinal) { ["pci"] = Pci() }, subsections);

    private static HeldLayout WithDevice(string name, int version, string fields, params IEnumerable<(string Name, HeldLayout Layout)> parts)
    {
        Dictionary<string, HeldLayout> all = new(StringComparer.Ordinal) { ["dev"] = UsbDevice() };
        foreach ((string part, HeldLayout layout) in parts)
        {
            all.Add(part, layout);
        }

        return new HeldLayout(name, version, version, "struct dev " + fields, all);
    }
}
