using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Ports;
using ClassicBroker.Simulation.Runs;

namespace ClassicBroker.Simulation.Bugs;

/// <summary>Mistakes of the log layer, made between it and its files.</summary>
internal static class StorageBugs
{
    private static readonly FaultKind[] Crashes = [FaultKind.PowerCut];

    public static Func<PlantedBug>[] All { get; } =
    [
        () => new()
        {
            Name = "NoFsync",
            What = "A sync of a segment does nothing, and recovery points rise all the same",
            Invariants = ["W3", "W6", "H1", "H2", "L2", "L3"],
            Adapt = WithCrashes,
            Properties = ["log.flush.interval.messages=3", "log.flush.offset.checkpoint.interval.ms=200"],
            Files = files => new BentFileSystem(files)
            {
                OnSync = (path, sync) =>
                {
                    if (!path.EndsWith(".log", StringComparison.Ordinal))
                    {
                        sync();
                    }
                },
            },
        },
        () => new()
        {
            Name = "FsyncErrorIgnored",
            What = "A sync that fails is taken for one that did its work",
            Invariants = ["W3", "W6", "W13", "H1", "H2", "L2", "L3"],
            Adapt = scenario => WithCrashes(scenario) with { FaultKinds = [FaultKind.SyncError, FaultKind.PowerCut] },
            Properties = ["log.flush.interval.messages=3", "log.flush.offset.checkpoint.interval.ms=200"],
            Files = files => new BentFileSystem(files) { OnSync = (_, sync) => Swallow(sync) },
        },
        () => new()
        {
            Name = "AppendAfterIoError",
            What = "A write that fails is taken for one that did its work, and the log goes on behind the hole",
            Invariants = ["W3", "W6", "W13", "H1", "H2", "H5", "L2", "L3"],
            Adapt = scenario => scenario with { FaultKinds = [FaultKind.DiskError] },
            Files = files => new BentFileSystem(files)
            {
                OnWrite = (_, bytes, position, write) => Swallow(() => write(bytes, position)),
            },
        },
        () => new()
        {
            Name = "EpochStartNotPersisted",
            What = "The epochs of a log are not kept when they change",
            Invariants = ["W3", "W6", "W7", "H2", "L2"],
            Adapt = scenario => scenario with { FaultKinds = [FaultKind.Kill, FaultKind.Restart, FaultKind.Partition] },
            Files = files => new BentFileSystem(files)
            {
                OnRename = (destination, rename) =>
                {
                    if (!destination.EndsWith("leader-epoch-checkpoint", StringComparison.Ordinal) || !files.FileExists(destination))
                    {
                        rename();
                    }
                },
            },
        },
        () => new()
        {
            Name = "LogStartNotPersisted",
            What = "The log start is not kept: records that were deleted come back",
            Invariants = ["H18"],
            Adapt = scenario => scenario with { FaultKinds = [FaultKind.Kill, FaultKind.Restart], DeletesRecords = true, SegmentBytes = 100_000 },
            Files = files => new BentFileSystem(files)
            {
                OnRename = (destination, rename) =>
                {
                    if (!destination.EndsWith("log-start-offset-checkpoint", StringComparison.Ordinal))
                    {
                        rename();
                    }
                },
            },
        },
        () => new()
        {
            Name = "RepeatRefusedAfterRestart",
            What = "A repeat from before an orderly restart, of which the snapshot says nothing, is out of order",
            Invariants = ["H3"],
            Adapt = scenario => scenario with
            {
                FaultKinds = [FaultKind.Restart, FaultKind.Partition, FaultKind.SlowNetwork],
                Producers = [ProducerKind.Idempotent, ProducerKind.Idempotent, ProducerKind.Idempotent],
                InFlightMax = 5,
                SegmentBytes = 100_000,
            },
            Traffic = new FrameRewriting().Answering<ProduceResponse>(ApiKey.Produce, response =>
            {
                foreach (var answer in response.Responses.SelectMany(topic => topic.PartitionResponses))
                {
                    if (answer.ErrorCode == ErrorCode.DuplicateSequenceNumber)
                    {
                        answer.ErrorCode = ErrorCode.OutOfOrderSequenceNumber;
                    }
                }
            }),
        },
    ];

    /// <summary>Several segments of several pages, and sessions that end soon enough for several crashes.</summary>
    private static Scenario WithCrashes(Scenario scenario) => scenario with
    {
        FaultKinds = Crashes,
        SegmentBytes = 12_000,
        PaddingBytes = 300,
        Partitions = 1,
        SessionTimeoutMs = 1000,
        Producers = [ProducerKind.AcksAll, ProducerKind.AcksAll, ProducerKind.AcksAll],
    };

    private static void Swallow(Action call)
    {
        try
        {
            call();
        }
        catch (StorageException failure) when (failure.Errno == Errno.Io)
        {
            // The mistake itself: the failure is not looked at.
        }
    }
}
