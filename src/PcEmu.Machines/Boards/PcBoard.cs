using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.Properties;
using PcEmu.Cpu;
using PcEmu.Cpu.Models;
using PcEmu.Devices.Acpi;
using PcEmu.Devices.Dma;
using PcEmu.Devices.FwCfg;
using PcEmu.Devices.Ide;
using PcEmu.Devices.Interrupts;
using PcEmu.Devices.Isa;
using PcEmu.Devices.Keyboard.I8042;
using PcEmu.Devices.Keyboard.Ps2;
using PcEmu.Devices.Pci;
using PcEmu.Devices.Rtc.Mc146818;
using PcEmu.Devices.Timer;
using PcEmu.Machines.Options;
using PcEmu.Machines.Registry;
using PcEmu.Machines.Running;
using PcEmu.Memory;

namespace PcEmu.Machines.Boards;

/// <summary>QEMU's <c>pc</c>: i440FX, PIIX3, PIIX4 power management, and what sits on their ISA bus. This file reads as wiring.</summary>
public sealed partial class PcBoard : IDisposable
{
    private const ulong FourGiB = 1ul << 32;
    private const int IsaIrqs = 16;
    private const int SciIrq = 9;

    private readonly MachineState _state;
    private readonly MachineOptions _options;
    private readonly MachineHost _host;
    private readonly BoardServices _services;
    private readonly PropertyBag _properties;
    private readonly EventLog _log;
    private readonly List<Device> _devices = [];
    private readonly List<IDisposable> _disposables = [];

    private readonly MemoryRegion _systemMemory = MemoryRegion.Container("system", (UInt128)1 << 64);
    private readonly MemoryRegion _pciMemory = MemoryRegion.Container("pci", (UInt128)1 << 64);
    private readonly MemoryRegion _ioPorts = MemoryRegion.Container("io", 0x10000);
    private readonly I8259Pair _pic;
    private readonly Mc146818 _rtc;
    private readonly FwCfg _fwCfg;
    private readonly PciBus _pci;
    private readonly Piix3Ide _ide;
    private readonly Piix4Pm _pm;
    private bool _keyboardA20 = true;
    private bool _port92A20 = true;

    /// <summary>Makes and wires all devices of a machine.</summary>
    /// <param name="state">Type, properties and compat properties, laid down.</param>
    /// <param name="options">What the user asked for.</param>
    /// <param name="host">The program around the machine.</param>
    /// <param name="services">Clock, timers, log, back ends, and the guest's requests.</param>
    /// <exception cref="ConfigurationException">Something the user asked for cannot be; one line.</exception>
    public PcBoard(MachineState state, MachineOptions options, MachineHost host, BoardServices services)
    {
        (_state, _options, _host, _services) = (state, options, host, services);
        _properties = state.Properties;
        _log = services.Log;
        MachineFeatures features = state.Type.Features;
        if (!features.HasPci)
        {
            throw new ConfigurationException($"-machine {state.Type.Name}: PcEmu has no board without a PCI bus yet");
        }

        if (state.Usb)
        {
            throw new ConfigurationException($"-machine {state.Type.Name},usb=on: PcEmu has no USB controller yet");
        }

        try
        {
            // Memory and CPU.
            Memory = new AddressSpace("memory", _systemMemory, _log);
            Ports = new AddressSpace("I/O", _ioPorts, _log);
            (ulong lowRam, ulong highRam) = features.SplitRam((ulong)options.RamSize);
            Ram = Own(new RamBlock("pc.ram", (ulong)options.RamSize));
            MemoryRegion ram = PlaceRam(lowRam, highRam);
            PlaceFirmware(features);
            Cpu = Own(MakeCpu(features));
            Ram.Observer = Cpu;

            _pic = WireInterrupts();

            // The PCI bus: 00.0 host bridge, 01.0 ISA bridge, 01.1 IDE, 01.3 power management, then the rest.
            _pci = Add(new PciBus(_pciMemory, _ioPorts, _log));
            var configuration = Add(new PciConfigPorts(_pci));
            _ioPorts.Add(configuration.AddressPort, 0xCF8);
            _ioPorts.Add(configuration.DataPort, 0xCFC);
            AddPci(new I440Fx(Memory, _pciMemory, ram, lowRam, highRam, _log), 0x00);
            var piix3 = AddPci(new Piix3([.. Enumerable.Range(0, IsaIrqs).Select(IsaIrq)], _ => services.Reset()), 0x08);
            piix3.Connect(configuration);
            AddDisplay();
            PlaceIsaChips(out _rtc, out _fwCfg);
            AddPorts();
            _ide = AddPci(new Piix3Ide(Memory, IsaIrq(14), IsaIrq(15), _log), 0x09);
            PlaceIde();
            _pm = AddPowerManagement();
            AddDrives();
            AddUserDevices();
            DescribeMachine(lowRam, highRam);
            _pm.NoteLegacyPorts(Ports);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Physical memory.</summary>
    public AddressSpace Memory { get; }

    /// <summary>I/O ports.</summary>
    public AddressSpace Ports { get; }

    /// <summary>Main memory, block <c>pc.ram</c>.</summary>
    public RamBlock Ram { get; }

    /// <summary>The CPU.</summary>
    public X86Cpu Cpu { get; }

    /// <summary>All devices in the order in which they were made, which is the order of their sections.</summary>
    public IReadOnlyList<Device> Devices => _devices;

    /// <summary>The PCI bus.</summary>
    public PciBus Pci => _pci;

    /// <summary>The keyboard.</summary>
    public Ps2Keyboard Keyboard { get; private set; } = null!;

    /// <summary>The mouse.</summary>
    public Ps2Mouse Mouse { get; private set; } = null!;

    /// <summary>Puts every device and the CPU into its state after power-on or a reset. RAM keeps its contents.</summary>
    public void Reset()
    {
        foreach (Device device in _devices)
        {
            device.Reset();
        }

        Cpu.Reset();
        PcSetUpMemory();
    }

    /// <summary>Presses the power button.</summary>
    public void PressPowerButton() => _pm.PressPowerButton();

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = _disposables.Count - 1; i >= 0; i--)
        {
            _disposables[i].Dispose();
        }

        _disposables.Clear();
    }

    /// <summary>Gives a device its properties, realizes it and keeps it.</summary>
    private T Add<T>(T device, IEnumerable<KeyValuePair<string, string>>? own = null, params ReadOnlySpan<string> baseDrivers)
        where T : Device
    {
        _properties.Apply(device, own, baseDrivers);
        device.Realize();
        _devices.Add(device);
        return device;
    }

    private T AddPci<T>(T device, int devfn = -1, IEnumerable<KeyValuePair<string, string>>? own = null)
        where T : PciDevice
    {
        _properties.Apply(device, own, "pci-device");
        _pci.Add(device, devfn);
        device.Realize();
        _devices.Add(device);
        return device;
    }

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _disposables.Add(resource);
        return resource;
    }

    private MemoryRegion PlaceRam(ulong lowRam, ulong highRam)
    {
        MemoryRegion ram = MemoryRegion.Ram("pc.ram", Ram);
        _systemMemory.Add(MemoryRegion.Alias("ram-below-4g", ram, 0, lowRam), 0);
        if (highRam > 0)
        {
            _systemMemory.Add(MemoryRegion.Alias("ram-above-4g", ram, lowRam, highRam), FourGiB);
        }

        return ram;
    }

    private X86Cpu MakeCpu(MachineFeatures features)
    {
        string name = _options.Cpu ?? features.DefaultCpu;
        CpuModel model = CpuModels.Find(name) ?? throw new ConfigurationException($"-cpu {name}: Unable to find CPU definition");
        var wiring = new CpuWiring
        {
            Memory = Memory,
            Ports = Ports,
            AcknowledgeInterrupt = AcknowledgeInterrupt,
            ReadApicBase = model.Has(Features1Edx.Apic) ? () => LocalApic!.BaseRegister : null,
            WriteApicBase = value => LocalApic!.BaseRegister = value,
            Now = () => _services.Clock.Now,
            TripleFault = _services.Reset,
            FloatingPointError = RaiseFerr,
        };
        return new X86Cpu(model, wiring, _log);
    }

    private void PlaceIsaChips(out Mc146818 rtc, out FwCfg fwCfg)
    {
        var dma = Add(new I8237Pair(Memory, _log));
        _ioPorts.Add(dma.Ports, 0x00);
        _ioPorts.Add(dma.WordPorts, 0xC0);
        _ioPorts.Add(dma.Pages, 0x80);
        _ioPorts.Add(dma.WordPages, 0x88);
        _ioPorts.Add(_pic.MasterPorts, 0x20);
        _ioPorts.Add(_pic.SlavePorts, 0xA0);
        _ioPorts.Add(_pic.Elcr, 0x4D0);

        var pit = Add(new I8254(_services.Clock, _services.Timers, Hpet.PitInput, _log) { QemuKvmMigration = _state.QemuKvmMigration });
        _ioPorts.Add(pit.Ports, 0x40);
        Hpet.LegacyModeChanged = legacy => pit.IrqDisabled = legacy;
        var speaker = Add(new PcSpeaker(pit, _log));
        _ioPorts.Add(speaker.Port, 0x61);

        Keyboard = Add(new Ps2Keyboard(_log));
        Mouse = Add(new Ps2Mouse(_log));
        var controller = Add(new I8042(Keyboard, Mouse, IsaIrq(1), IsaIrq(12), new IrqLine(SetKeyboardA20), _services.Reset, _log));
        _ioPorts.Add(controller.DataPort, 0x60);
        _ioPorts.Add(controller.CommandPort, 0x64);
        var port92 = Add(new Port92(new IrqLine(SetPort92A20), _services.Reset, _log));
        _ioPorts.Add(port92.Port, 0x92);

        rtc = MakeRtc();
        _ioPorts.Add(rtc.Ports, 0x70);
        _ioPorts.Add(DiagnosticPort(), 0x80);
        _ioPorts.Add(MathErrorPort(), 0xF0);
        fwCfg = Add(new FwCfg(_log));
        _ioPorts.Add(fwCfg.Ports, 0x510);
    }

    private void PlaceIde()
    {
        _ioPorts.Add(_ide.Channels[0].CommandBlock, Piix3Ide.PrimaryCommandBlock);
        _ioPorts.Add(_ide.Channels[0].ControlBlock, Piix3Ide.PrimaryControlBlock);
        _ioPorts.Add(_ide.Channels[1].CommandBlock, Piix3Ide.SecondaryCommandBlock);
        _ioPorts.Add(_ide.Channels[1].ControlBlock, Piix3Ide.SecondaryControlBlock);
    }

    private Piix4Pm AddPowerManagement()
    {
        var smbus = Add(new I2cBus());
        SmBusEeprom.AddAll(smbus);
        var wiring = new Piix4PmWiring { Sci = IsaIrq(SciIrq), PowerOff = _services.PowerOff, Suspend = Suspend };

        // No SMM yet: firmware is told that it is set up already, as under KVM. Types before 2.0 turn the bridge selector off.
        return AddPci(
            new Piix4Pm(_services.Timers, _ioPorts, smbus, wiring, _state.QemuKvmMigration, _log) { SmmEnabled = false, BridgeHotplug = true },
            0x0B);
    }

    /// <summary>S3: RAM stays, everything else is reset, and the firmware wakes the guest up.</summary>
    private void Suspend() => _log.Unimplemented($"suspend to RAM (S3): the machine goes on");

    /// <summary>A20 is open when either the keyboard controller or port 92h opens it.</summary>
    private void SetKeyboardA20(bool level)
    {
        _keyboardA20 = level;
        Cpu.SetA20(_keyboardA20 || _port92A20);
    }

    private void SetPort92A20(bool level)
    {
        _port92A20 = level;
        Cpu.SetA20(_keyboardA20 || _port92A20);
    }
}
