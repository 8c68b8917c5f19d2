using System.Buffers.Binary;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Ports;
using ClassicBroker.Simulation.Runs;
using ClassicBroker.Simulation.Runs.Compaction;

namespace ClassicBroker.Simulation.Bugs;

/// <summary>Mistakes of the log cleaner, made in the files it writes and in its configuration.</summary>
internal static class CleanerBugs
{
    private const string CleanedLog = ".log.cleaned";

    public static Func<PlantedBug>[] All { get; } =
    [
        () => new()
        {
            Name = "TombstoneTooEarly",
            What = "A tombstone goes with the first cleaning, however young it is",
            Invariants = ["H17"],
            Adapt = scenario => WithCompaction(scenario, topic => topic with { DeleteRetentionMs = 60_000 }),
            Properties = ["log.cleaner.delete.retention.ms=0"],
        },
        () => new()
        {
            Name = "CleanerRenumbers",
            What = "A cleaner closes the gaps it makes: records get other offsets",
            Invariants = ["H17", "W6", "L2"],
            Adapt = scenario => WithCompaction(scenario, topic => topic),
            Files = files => new BentFileSystem(files) { OnWrite = Changing(Renumber) },
        },
        () => new()
        {
            Name = "CleanerSkipsLastSequence",
            What = "Of a producer whose records are all superseded the cleaner keeps no last sequence",
            Invariants = ["W10", "H3"],
            Adapt = scenario => WithCompaction(scenario, topic => topic with { IsIdempotent = true, Producers = 2, RetiresEarly = true }) with
            {
                Brokers = 4,
                FaultKinds = [FaultKind.Reassign],
            },
            Files = files => new BentFileSystem(files) { OnWrite = Changing((batch, _) => ForgetProducer(batch)) },
        },
        () => new()
        {
            Name = "CleanedNotSynced",
            What = "A cleaned segment takes the place of others before it is on the disk",
            Invariants = ["H17", "W10", "W3", "W6", "H1", "H2", "L2", "L3"],
            Adapt = scenario => WithCompaction(scenario, topic => topic) with { FaultKinds = [FaultKind.PowerCut], SessionTimeoutMs = 1000 },
            Files = files => new BentFileSystem(files)
            {
                OnSync = (path, sync) =>
                {
                    if (!path.EndsWith(".cleaned", StringComparison.Ordinal))
                    {
                        sync();
                    }
                },
            },
        },
        () => new()
        {
            Name = "SwapDroppedAtStart",
            What = "A start throws away the cleaned segment of a swap that was interrupted, as if it had not begun",
            Invariants = ["H17", "W3", "W6", "H1", "H2", "L2", "L3"],
            Adapt = scenario => WithCompaction(scenario, topic => topic) with { FaultKinds = [FaultKind.KillMidClean] },
            Files = DropSwaps,
        },
        () => new()
        {
            Name = "CleanerDead",
            What = "The cleaner does not run",
            Invariants = ["L7"],
            Adapt = scenario => WithCompaction(scenario, topic => topic),
            Properties = ["log.cleaner.enable=false"],
        },
    ];

    private static Scenario WithCompaction(Scenario scenario, Func<CompactionWorkload, CompactionWorkload> change) => scenario with
    {
        FaultKinds = [.. scenario.FaultKinds.Where(kind => kind != FaultKind.ClockJump)],
        Compaction = change(CompactionWorkload.DrawAlways(scenario.Seed)),
    };

    /// <summary>Has each batch of a cleaned segment changed, which is told the end of the one before.</summary>
    private static Action<string, byte[], long, Action<byte[], long>> Changing(Action<Memory<byte>, long> change)
    {
        var previousEnd = 0L;
        return (path, bytes, position, write) =>
        {
            if (path.EndsWith(CleanedLog, StringComparison.Ordinal))
            {
                previousEnd = position == 0 ? 0 : previousEnd;
                foreach (var (at, size) in BatchBending.PlacesOf(bytes))
                {
                    change(bytes.AsMemory(at, size), previousEnd);
                    previousEnd = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(at))
                        + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at + RecordBatchHeader.LastOffsetDeltaOffset)) + 1;
                }
            }

            write(bytes, position);
        };
    }

    private static void Renumber(Memory<byte> batch, long previousEnd)
    {
        if (previousEnd > 0)
        {
            BinaryPrimitives.WriteInt64BigEndian(batch.Span, previousEnd);
        }
    }

    private static void ForgetProducer(Memory<byte> batch)
    {
        if (BinaryPrimitives.ReadInt32BigEndian(batch.Span[RecordBatchHeader.RecordCountOffset..]) == 0)
        {
            BatchBending.ForgetProducer(batch.Span);
        }
    }

    private static IFileSystem DropSwaps(IFileSystem files)
    {
        const string Data = "/data";
        if (files.DirectoryExists(Data))
        {
            foreach (var directory in files.List(Data).Where(entry => entry.IsDirectory))
            {
                foreach (var file in files.List($"{Data}/{directory.Name}").Where(entry => entry.Name.EndsWith(".swap", StringComparison.Ordinal)))
                {
                    files.DeleteFile($"{Data}/{directory.Name}/{file.Name}");
                }
            }
        }

        return files;
    }
}
