using PcEmu.Core.State;

namespace PcEmu.Devices.Ide;

/// <summary>SMART: ATA/ATAPI-6, 8.55; the layout of the attributes is that of SFF-8035i revision 2.</summary>
public sealed partial class IdeDrive
{
    // Subcommands, in the features register.
    private const byte SmartReadData = 0xD0;
    private const byte SmartReadThresholds = 0xD1;
    private const byte SmartAutosave = 0xD2;
    private const byte SmartExecuteOffline = 0xD4;
    private const byte SmartReadLog = 0xD5;
    private const byte SmartEnable = 0xD8;
    private const byte SmartDisable = 0xD9;
    private const byte SmartReturnStatus = 0xDA;

    private const byte SmartKeyMid = 0x4F; // in the cylinder registers, lest a program calls it by mistake
    private const byte SmartKeyHigh = 0xC2;
    private const byte SummaryErrorLog = 0x01;
    private const byte SelfTestLog = 0x06;
    private const int SelfTestEntries = 21;
    private const int SelfTestEntrySize = 24;
    private const int SmartSectorSize = 512;

    [NotSaved("not on the wire, as in QEMU: the self-test log starts empty")]
    private readonly byte[] _selfTests = new byte[SelfTestEntries];

    [NotSaved("not on the wire, as in QEMU: SMART is on after a load")]
    private bool _smartEnabled;

    [NotSaved("not on the wire, as in QEMU")]
    private bool _smartAutosave;

    [NotSaved("not on the wire, as in QEMU: the self-test log starts empty")]
    private int _selfTestCount;

    /// <summary>Attribute number, flags, value, worst, first raw byte, threshold: a disk that has nothing to complain of.</summary>
    private static ReadOnlySpan<byte> SmartAttributes =>
    [
        0x01, 0x03, 0x64, 0x64, 0x00, 0x06, // raw read error rate
        0x03, 0x03, 0x64, 0x64, 0x10, 0x46, // spin-up time
        0x04, 0x02, 0x64, 0x64, 0x14, 0x14, // start/stop count
        0x05, 0x03, 0x64, 0x64, 0x00, 0x36, // reallocated sectors
        0x09, 0x03, 0x64, 0x64, 0x01, 0x00, // power-on hours
        0x0C, 0x03, 0x64, 0x64, 0x00, 0x00, // power cycles
        0xBE, 0x03, 0x45, 0x45, 0x1F, 0x32, // air flow temperature
    ];

    private void ResetSmart()
    {
        _smartEnabled = _smartAutosave = true;
        _selfTestCount = 0;
    }

    private void Smart()
    {
        if (_hcyl != SmartKeyHigh || _lcyl != SmartKeyMid || (!_smartEnabled && _feature != SmartEnable))
        {
            Fail();
            return;
        }

        switch (_feature)
        {
            case SmartEnable:
            case SmartDisable:
                _smartEnabled = _feature == SmartEnable;
                Complete(true);
                break;
            case SmartAutosave when _sector is 0x00 or 0xF1:
                _smartAutosave = _sector != 0;
                Complete(true);
                break;
            case SmartReturnStatus:
                // The key left as it is says that no threshold is exceeded.
                Complete(true);
                break;
            case SmartReadThresholds:
                OfferSmart(FillThresholds);
                break;
            case SmartReadData:
                OfferSmart(FillData);
                break;
            case SmartReadLog when _sector == SummaryErrorLog:
                OfferSmart(static _ => { });
                break;
            case SmartReadLog when _sector == SelfTestLog:
                OfferSmart(FillSelfTestLog);
                break;
            case SmartExecuteOffline when _sector <= 2:
                // Off-line collection, short and extended self-test: done at once, without a fault.
                _selfTests[_selfTestCount % SelfTestEntries] = _sector;
                _selfTestCount = (_selfTestCount % SelfTestEntries) + 1;
                Complete(true);
                break;
            default:
                Fail();
                break;
        }
    }

    private void OfferSmart(Action<byte[]> fill)
    {
        Array.Clear(_buffer, 0, SmartSectorSize);
        _buffer[0] = 1; // version of the structure
        fill(_buffer);
        byte sum = 0;
        for (int i = 0; i < SmartSectorSize - 1; i++)
        {
            sum += _buffer[i];
        }

        _buffer[SmartSectorSize - 1] = (byte)-sum;
        Offer(SmartSectorSize);
    }

    private static void FillThresholds(byte[] sector)
    {
        ReadOnlySpan<byte> rows = SmartAttributes;
        for (int at = 2; rows.Length > 0; at += 12, rows = rows[6..])
        {
            sector[at] = rows[0];
            sector[at + 1] = rows[5];
        }
    }

    private void FillData(byte[] sector)
    {
        ReadOnlySpan<byte> rows = SmartAttributes;
        for (int at = 2; rows.Length > 0; at += 12, rows = rows[6..])
        {
            sector[at] = rows[0];
            sector[at + 1] = rows[1];
            sector[at + 3] = rows[2];
            sector[at + 4] = rows[3];
            sector[at + 5] = rows[4];
        }

        sector[362] = (byte)(0x02 | (_smartAutosave ? 0x80 : 0)); // off-line collection completed
        sector[363] = 0; // self-test completed without error
        sector[364] = 0x20; // seconds for off-line collection
        sector[365] = 0x01;
        sector[367] = 0x19; // off-line collection, off-line read scan and self-test
        sector[368] = 0x03; // saves attributes
        sector[370] = 0x01; // logs errors
        sector[372] = 2; // minutes: short, extended, conveyance self-test
        sector[373] = 54;
        sector[374] = 1;
    }

    private void FillSelfTestLog(byte[] sector)
    {
        sector[508] = (byte)_selfTestCount;
        for (int i = 0; i < _selfTestCount; i++)
        {
            int entry = 2 + (i * SelfTestEntrySize);
            sector[entry] = _selfTests[i];
            sector[entry + 2] = 0x34; // hours
            sector[entry + 3] = 0x12;
        }
    }
}
