using PcEmu.Core.State;
using PcEmu.Migration;

namespace PcEmu.Machines.Running;

// Streams in and out, while the machine does not run.
public sealed partial class Machine
{
    private readonly TimerSection _timerSection;

    /// <summary>The sections of a stream that this machine has.</summary>
    internal IReadOnlyList<MachineSection> Sections => MigrationView().Sections;

    /// <summary>Loads the machine from a stream; it then goes on where the stream's writer stopped.</summary>
    /// <param name="source">The stream, from its first byte.</param>
    /// <returns>How much there was.</returns>
    /// <exception cref="MigrationException">The stream does not fit: one line. The machine must not run.</exception>
    public StreamStatistics Load(Stream source)
    {
        StreamStatistics statistics = MigrationReader.Load(source, MigrationView());
        try
        {
            _board.FinishLoad(_timerSection.TimeStampCounter);
        }
        catch (StateException error)
        {
            throw new MigrationException($"load of migration failed: {error.Message}", error);
        }

        return statistics;
    }

    /// <summary>Saves the machine as a stream.</summary>
    /// <param name="target">Where it goes.</param>
    public void Save(Stream target)
    {
        using var buffered = new BufferedStream(target, 256 << 10);
        MigrationWriter.Save(buffered, MigrationView());
    }

    private MigrationMachine MigrationView() => _board.ForMigration(StateSection.Of(TimerSection.State, _timerSection));
}
