using PcEmu.Devices.Acpi;

namespace PcEmu.Devices.Tests.Acpi;

public sealed class SmBusTests
{
    private const int Base = 0xB100;
    private const int HostStatus = Base;
    private const int HostControl = Base + 2;
    private const int Command = Base + 3;
    private const int Address = Base + 4;
    private const int Data0 = Base + 5;
    private const int Data1 = Base + 6;
    private const int Block = Base + 7;
    private const int Complete = 0x02;
    private const int DeviceError = 0x04;

    private PmBoard _pc = null!;
    private SmBusEeprom _eeprom = null!;

    [SetUp]
    public void PutEepromAt50()
    {
        _pc = new PmBoard();
        SmBusEeprom.AddAll(_pc.I2c);
        _eeprom = (SmBusEeprom)_pc.I2c.At(0x50)!;
        for (int i = 0; i < 256; i++)
        {
            _eeprom.Data[i] = (byte)(i ^ 0xA5);
        }
    }

    [Test]
    public void EightEepromsAnswerAndNobodyElse()
    {
        for (int address = 0; address < 128; address++)
        {
            int status = Transact(address, read: false, protocol: 0);
            Assert.That(status, Is.EqualTo(address is >= 0x50 and < 0x58 ? Complete : DeviceError), $"address {address:x}");
        }
    }

    [Test]
    public void ByteDataReadsAndWritesOneByte()
    {
        _pc.Host.Out8(Command, 0x10);
        Assert.That(Transact(0x50, read: true, protocol: 2), Is.EqualTo(Complete));
        Assert.That(_pc.Host.In8(Data0), Is.EqualTo(0x10 ^ 0xA5));
        _pc.Host.Out8(Data0, 0x77);
        Transact(0x50, read: false, protocol: 2);
        Assert.That(_eeprom.Data[0x10], Is.EqualTo(0x77));
    }

    [Test]
    public void WordDataReadsAndWritesTwoBytes()
    {
        _pc.Host.Out8(Command, 0x20);
        Transact(0x50, read: true, protocol: 3);
        Assert.That(_pc.Host.In16(Data0), Is.EqualTo(((0x21 ^ 0xA5) << 8) | (0x20 ^ 0xA5)));
        _pc.Host.Out8(Data0, 0x11);
        _pc.Host.Out8(Data1, 0x22);
        Transact(0x50, read: false, protocol: 3);
        Assert.That(_eeprom.Data.Slice(0x20, 2).ToArray(), Is.EqualTo("\x11\x22"u8.ToArray()));
    }

    [Test]
    public void SendByteSetsTheAddressFromWhichBytesAreReceived()
    {
        _pc.Host.Out8(Command, 0x30);
        Transact(0x50, read: false, protocol: 1);
        for (int i = 0; i < 3; i++)
        {
            Transact(0x50, read: true, protocol: 1);
            Assert.That(_pc.Host.In8(Data0), Is.EqualTo((0x30 + i) ^ 0xA5));
        }
    }

    [Test]
    public void BlockIsWrittenWithItsCountAndReadBack()
    {
        _pc.Host.Out8(Command, 0x40);
        _pc.Host.Out8(Data0, 3);
        _pc.Host.In8(HostControl);
        _pc.Host.Out8(Block, 0xAA);
        _pc.Host.Out8(Block, 0xBB);
        _pc.Host.Out8(Block, 0xCC);
        Transact(0x50, read: false, protocol: 5);
        Assert.That(_eeprom.Data.Slice(0x40, 4).ToArray(), Is.EqualTo(Convert.FromHexString("03AABBCC")));
        _pc.Host.Out8(Data0, 0);
        Transact(0x50, read: true, protocol: 5);
        Assert.That(_pc.Host.In8(Data0), Is.EqualTo(3));
        _pc.Host.In8(HostControl);
        Assert.That(_pc.Host.In8(Block), Is.EqualTo(0xAA));
        Assert.That(_pc.Host.In8(Block), Is.EqualTo(0xBB));
    }

    [Test]
    public void BlockLongerThan32BytesIsEmpty()
    {
        _eeprom.Data[0x40] = 33;
        _pc.Host.Out8(Command, 0x40);
        Transact(0x50, read: true, protocol: 5);
        Assert.That(_pc.Host.In8(Data0), Is.Zero);
    }

    [Test]
    public void ReservedProtocolIsADeviceError()
    {
        Assert.That(Transact(0x50, read: false, protocol: 7), Is.EqualTo(DeviceError));
        Assert.That(_pc.Host.GuestErrors, Has.Count.EqualTo(1));
    }

    [Test]
    public void BaseFollowsTheConfigurationAndItsEnableBit()
    {
        _pc.Host.Write(_pc.Chip, 0x90, 0x0701, 4);
        Assert.That(_pc.Host.Io.Find(Base), Is.Null);
        Assert.That(_pc.Host.Io.Find(0x700), Is.Not.Null);
        _pc.Host.Write(_pc.Chip, 0xD2, 0x08, 1);
        Assert.That(_pc.Host.Io.Find(0x700), Is.Null);
    }

    private int Transact(int address, bool read, int protocol)
    {
        _pc.Host.Out8(HostStatus, 0xFF);
        _pc.Host.Out8(Address, (address << 1) | (read ? 1 : 0));
        _pc.Host.Out8(HostControl, 0x40 | (protocol << 2));
        return _pc.Host.In8(HostStatus);
    }
}
