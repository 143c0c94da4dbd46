using System.Buffers.Binary;
using PcEmu.Core;
using PcEmu.Devices.Display.CirrusVga;
using PcEmu.Devices.Display.StdVga;
using PcEmu.Devices.FwCfg;
using PcEmu.Devices.Rtc;
using PcEmu.Machines.Options;
using PcEmu.Machines.Registry;
using PcEmu.Memory;

namespace PcEmu.Machines.Boards;

// Firmware images, and what the firmware is told about the machine.
public sealed partial class PcBoard
{
    private const ulong IsaBiosSize = 128 << 10;
    private const ulong LowRomBase = 0xC0000;
    private const ulong LowRomSize = 0x20000;
    private const int LargestFirmware = 16 << 20;

    private enum E820Type : uint
    {
        Ram = 1,
        Reserved = 2,
    }

    /// <summary>The BIOS at the top of 4 GiB, its last 128 KiB below 1 MiB too, and the memory behind C0000h to DFFFFh.</summary>
    private void PlaceFirmware(MachineFeatures features)
    {
        string name = _state.Firmware ?? features.FirmwareFile;
        byte[] image = _host.LoadFirmware(name);
        if (image.Length == 0 || image.Length > LargestFirmware || image.Length % 65536 != 0)
        {
            throw new ConfigurationException($"-bios {name}: {image.Length} bytes: a firmware image is a multiple of 64 KiB of at most 16 MiB");
        }

        RamBlock bios = Own(new RamBlock("pc.bios", (ulong)image.Length));
        image.CopyTo(bios.AsSpan());
        MemoryRegion rom = MemoryRegion.Rom("pc.bios", bios);
        _pciMemory.Add(rom, FourGiB - bios.Size);
        ulong shown = Math.Min(bios.Size, IsaBiosSize);
        _pciMemory.Add(MemoryRegion.Alias("isa-bios", rom, bios.Size - shown, shown), 0x100000 - shown, priority: 1);

        RamBlock low = Own(new RamBlock("pc.rom", LowRomSize));
        _pciMemory.Add(MemoryRegion.Ram("pc.rom", low), LowRomBase, priority: 1);
    }

    private void AddDisplay()
    {
        switch (_options.Vga)
        {
            case VgaKind.Cirrus:
                AddPci(new CirrusVga(_services.Clock, _host.LoadFirmware("vgabios-cirrus.bin"), _log));
                break;
            case VgaKind.Std:
                AddPci(new StdVga(_services.Clock, _host.LoadFirmware("vgabios-stdvga.bin"), _log));
                break;
        }
    }

    /// <summary>Set-up memory of the RTC, as QEMU's board leaves it at every reset.</summary>
    private void PcSetUpMemory()
    {
        (ulong low, ulong high) = _state.Type.Features.SplitRam((ulong)_options.RamSize);
        PcCmos.SetMemory(_rtc.Memory, low, high);
        PcCmos.SetProcessors(_rtc.Memory, _options.Cpus);
        string order = !_booted && _options.Boot.Once is { } once ? once : _options.Boot.Order;
        PcCmos.SetBootOrder(_rtc.Memory, order);
        PcCmos.SetFloppies(_rtc.Memory, CmosFloppyType.None, CmosFloppyType.None);
        PcCmos.SetDisks(_rtc.Memory, [CmosDiskOf(0), CmosDiskOf(1), CmosDiskOf(2), CmosDiskOf(3)]);
        _booted = true;
    }

    private bool _booted;

    /// <summary>What fw_cfg says.</summary>
    private void DescribeMachine(ulong lowRam, ulong highRam)
    {
        _fwCfg.AddUInt64(FwCfgKeys.RamSize, lowRam + highRam);
        _fwCfg.AddUInt16(FwCfgKeys.CpuCount, (ushort)_options.Cpus);
        _fwCfg.AddUInt16(FwCfgKeys.MaxCpus, (ushort)_options.Cpus);
        _fwCfg.AddUInt16(FwCfgKeys.NoGraphic, (ushort)(_options.NoGraphic ? 1 : 0));
        _fwCfg.AddUInt16(FwCfgKeys.BootMenu, (ushort)(_options.Boot.Menu == true ? 1 : 0));
        _fwCfg.AddBytes(FwCfgKeys.Uuid, _options.Uuid.ToByteArray(bigEndian: true));

        // Numa: no nodes.
        _fwCfg.AddBytes(FwCfgKeys.Numa, new byte[8 * (1 + _options.Cpus)]);
        _fwCfg.AddUInt32(FwCfgKeys.Irq0Override, 1);
        _fwCfg.AddBytes(FwCfgKeys.Hpet, DescribeHpet());
        _fwCfg.AddFile("etc/system-states", _pm.SystemStates);
        if (_options.Boot.RebootTimeout >= 0)
        {
            Span<byte> timeout = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(timeout, _options.Boot.RebootTimeout);
            _fwCfg.AddFile("etc/boot-fail-wait", timeout);
        }

        // Entries of 20 bytes: address, length, type; RAM by machine types that split it at a gigabyte.
        List<(ulong Address, ulong Length, E820Type Type)> map = [];
        if (highRam > 0 || _state.Type.Features.GigabyteAlignedRam)
        {
            map.Add((0, lowRam, E820Type.Ram));
            if (highRam > 0)
            {
                map.Add((FourGiB, highRam, E820Type.Ram));
            }
        }

        if (map.Count > 0)
        {
            byte[] file = new byte[20 * map.Count];
            for (int i = 0; i < map.Count; i++)
            {
                Span<byte> entry = file.AsSpan(20 * i);
                BinaryPrimitives.WriteUInt64LittleEndian(entry, map[i].Address);
                BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], map[i].Length);
                BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], (uint)map[i].Type);
            }

            _fwCfg.AddFile("etc/e820", file);
        }
    }
}
