using PcEmu.Core;
using PcEmu.Core.State;

namespace PcEmu.Devices.Pci;

/// <summary>Intel 82371SB (PIIX3) function 0: ISA bridge, which routes PIRQA-D to the 8259s and holds the reset control register.</summary>
/// <remarks>
/// Source: Intel 82371FB/82371SB data sheet, 290550-002, 2.2 "PCI to ISA bridge configuration registers" and 2.5.5.2
/// "Reset control register". Level or edge is the ELCR's matter, in the interrupt controller.
/// </remarks>
public sealed class Piix3 : PciDevice
{
    // Configuration registers.
    private const int Iort = 0x4C;    // ISA I/O recovery timer
    private const int Xbcs = 0x4E;    // X-bus chip select
    private const int Pirqrc = 0x60;  // PIRQRC[A:D]: 60h-63h
    private const int Tom = 0x69;     // top of memory
    private const int Mbirq0 = 0x70;  // motherboard IRQ routing
    private const int Mbdma0 = 0x76;  // motherboard DMA control
    private const int Mbdma1 = 0x77;
    private const int Pcsc = 0x78;    // programmable chip select
    private const int Smicntl = 0xA0; // SMI control
    private const int Ftmr = 0xA8;    // fast off timer
    private const int OwnEnd = 0xB0;

    private const byte PirqrcDisabled = 0x80;

    // Reset control register, port CF9h.
    private const byte RcrSrst = 0x02; // SRST: type of the reset, 1 is hard
    private const byte RcrRcpu = 0x04; // RCPU: a rise resets

    private const int IsaIrqCount = 16;

    private readonly IIrqLine[] _isaIrqs;
    private readonly Action<bool> _reset;
    private readonly int[] _pirqLevels = new int[PciBus.PirqCount];
    private byte _rcr;

    [NotSaved("derived from the bus's levels and PIRQRC")]
    private int _driven;

    /// <summary>Makes the bridge; the board puts it on the bus as 01.0.</summary>
    /// <param name="isaIrqs">The 16 ISA interrupt lines; those that cannot be routed may be <see cref="IrqLine.None"/>.</param>
    /// <param name="reset">Told that the guest resets through CF9h: true is a hard reset, false one of the CPU (QEMU's board makes both a full reset).</param>
    public Piix3(IReadOnlyList<IIrqLine> isaIrqs, Action<bool> reset)
        : base(new PciIdentity(0x8086, 0x7000, 0x0601))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(isaIrqs.Count, IsaIrqCount, nameof(isaIrqs));
        _isaIrqs = [.. isaIrqs];
        _reset = reset;
        Multifunction = true;
        Config.Bytes[PciHeader.HeaderType] = 0x80;
        Config.Bytes.SetWord(PciHeader.Status, PciHeader.StatusDevselMedium);
    }

    /// <summary>The section <c>PIIX3</c>.</summary>
    public static readonly StateDescription<Piix3> State = Describe();

    /// <inheritdoc/>
    public override string Driver => "PIIX3";

    /// <inheritdoc/>
    public override bool CanHotplug => false;

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this, Path)];

    /// <summary>Connects the bus's interrupt wires and the register at CF9h.</summary>
    public void Connect(PciConfigPorts ports)
    {
        Bus.ConnectPirqs((pirq, _) => Route());
        ports.ConnectResetControl(() => _rcr, WriteResetControl);
    }

    /// <summary>The ISA line to which a wire (0 is PIRQA) is routed, or -1.</summary>
    public int RouteOf(int pirq) => Config.Bytes[Pirqrc + pirq] < IsaIrqCount ? Config.Bytes[Pirqrc + pirq] : -1;

    /// <inheritdoc/>
    public override void Reset()
    {
        base.Reset();
        Span<byte> config = Config.Bytes;
        config[PciHeader.Size..OwnEnd].Clear();
        config[Iort] = 0x4D;
        config[Xbcs] = 0x03;
        config.Slice(Pirqrc, PciBus.PirqCount).Fill(PirqrcDisabled);
        config[Tom] = 0x02;
        config[Mbirq0] = 0x80;
        config[Mbdma0] = 0x0C;
        config[Mbdma1] = 0x0C;
        config[Pcsc] = 0x02;
        config[Smicntl] = 0x08;
        config[Ftmr] = 0x0F;
        _rcr = 0;
        Route();
    }

    /// <inheritdoc/>
    public override void ConfigWrite(int offset, uint value, int size)
    {
        base.ConfigWrite(offset, value, size);
        if (Touches(offset, size, Pirqrc, PciBus.PirqCount))
        {
            Route();
        }
    }

    private static StateDescription<Piix3> Describe()
    {
        var rcr = new StateDescription<Piix3>("PIIX3/rcr", version: 1, minimumVersion: 1)
        {
            Field.UInt8("rcr", static (ref Piix3 d) => ref d._rcr),
        };
        var state = new StateDescription<Piix3>("PIIX3", version: 3, minimumVersion: 2)
        {
            PreSave = static (ref Piix3 d, int _) => d.CopyLevels(),
            PostLoad = static (ref Piix3 d, int _) => d.Loaded(),
        };
        state.Add(PciField<Piix3>());
        state.Add(Field.Numbers("pirq_levels", static (Piix3 d) => d._pirqLevels, since: 3));
        state.Add(new Subsection<Piix3>(rcr, static d => d._rcr != 0));
        return state;
    }

    private void CopyLevels()
    {
        for (int pirq = 0; pirq < PciBus.PirqCount; pirq++)
        {
            _pirqLevels[pirq] = Bus.PirqLevel(pirq) ? 1 : 0;
        }
    }

    private void Loaded()
    {
        // The bus's counts, loaded before, are the same levels; they are what goes on counting.
        _rcr &= RcrSrst;
        Route();
    }

    private void WriteResetControl(byte value)
    {
        if ((value & RcrRcpu) != 0)
        {
            _reset((value & RcrSrst) != 0);
        }
        else
        {
            _rcr = (byte)(value & RcrSrst);
        }
    }

    // Several wires may lead to one ISA line: it is up while any of them is. Reserved bits disconnect, as in QEMU.
    private void Route()
    {
        int levels = 0;
        for (int pirq = 0; pirq < PciBus.PirqCount; pirq++)
        {
            byte irq = Config.Bytes[Pirqrc + pirq];
            if (irq < IsaIrqCount && Bus.PirqLevel(pirq))
            {
                levels |= 1 << irq;
            }
        }

        int changed = levels ^ _driven;
        _driven = levels;
        for (int irq = 0; changed != 0; irq++, changed >>= 1)
        {
            if ((changed & 1) != 0)
            {
                _isaIrqs[irq].Set(((levels >> irq) & 1) != 0);
            }
        }
    }
}
