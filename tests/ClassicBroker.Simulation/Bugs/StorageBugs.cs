using System.Buffers.Binary;
using System.Globalization;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Ports;
using ClassicBroker.Simulation.Runs;
using ClassicBroker.Simulation.Runs.Retention;
using ClassicBroker.Simulation.Runs.Transactions;

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
            Adapt = scenario => Bare(WithCrashes(scenario)) with
            {
                // No later write to the same page makes up for the sync that failed where each segment is on pages of its own.
                SegmentBytes = 1_000,
                FaultKinds = [FaultKind.SyncError, FaultKind.PowerCut],
                FaultGapMsMax = 800,
                Retention = null,
                IsDurable = true,
            },
            Properties = ["log.flush.interval.messages=3", "log.flush.offset.checkpoint.interval.ms=200"],
            Files = files => new BentFileSystem(files) { OnSync = (_, sync) => Swallow(sync) },
        },
        () => new()
        {
            Name = "AppendAfterIoError",
            What = "A write that fails is taken for one that did its work, and the log goes on behind the hole",
            Invariants = ["W3", "W6", "W13", "H1", "H2", "H5", "H16", "L2", "L3"],
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
            Adapt = scenario => scenario with { FaultKinds = [FaultKind.Kill, FaultKind.Restart], DeletesRecords = true, SegmentBytes = 100_000, Group = null },
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
            Name = "SyncNotAwaited",
            What = "With durability=fsync replicas count what is in their page caches only",
            Invariants = ["W13", "H1"],
            Adapt = scenario => scenario with { IsDurable = true, FaultKinds = [FaultKind.PowerCutOfAll] },
            Properties = ["durability=pagecache"],
        },
        () => new()
        {
            Name = "RetainsTooLittle",
            What = "Retention by size keeps half of what it is asked to keep",
            Invariants = ["H18"],
            Adapt = scenario => scenario with
            {
                Retention = RetentionWorkload.DrawAlways(scenario.Seed), SegmentBytes = 1_000, DeletesRecords = false, Group = null,
            },
            Traffic = new FrameRewriting().Of<CreateTopicsRequest>(ApiKey.CreateTopics, HalveRetention),
        },
        () => new()
        {
            Name = "UnacknowledgedDropped",
            What = "A leader drops some of the records of producers with acks=0",
            Invariants = ["H16"],
            Adapt = scenario => scenario with { Producers = [ProducerKind.AcksNone], FaultKinds = [FaultKind.Kill] },
            Traffic = DroppingUnacknowledged(),
        },
        () => new()
        {
            Name = "RepeatRefusedAfterRestart",
            What = "A repeat from before an orderly restart, of which the snapshot says nothing, is out of order",
            Invariants = ["H3"],
            Adapt = scenario => WithIdempotentProducers(scenario) with
            {
                FaultKinds = [FaultKind.Restart, FaultKind.Partition, FaultKind.SlowNetwork],
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
        () => new()
        {
            Name = "SequenceStateLostOnTruncate",
            What = "A log that is cut forgets the sequences of the producers whose batches it keeps",
            Invariants = ["H3", "H4", "H7", "H8", "W10", "W11"],
            Adapt = scenario => Scenario.WithTransactions(TransactionShape.DrawAlways(scenario.Seed), WithIdempotentProducers(scenario)) with
            {
                FaultKinds = [FaultKind.Kill, FaultKind.Partition, FaultKind.OneWayCut, FaultKind.Pause, FaultKind.ElectPreferred],
                SessionTimeoutMs = 1000,
            },
            Files = ForgettingProducersWhenCut,
        },
        () => new()
        {
            Name = "SequenceWrapWrong",
            What = "Behind the highest sequence 1 is expected, where producers go on with 0",
            Invariants = ["H3", "L3"],
            Adapt = scenario => WithIdempotentProducers(scenario) with
            {
                FaultKinds = [FaultKind.Kill, FaultKind.Restart, FaultKind.Reset],
                FirstSequence = int.MaxValue - 8,
            },
            Traffic = WrappingToOne(),
        },
        () => new()
        {
            Name = "NoDirFsync",
            What = "Directories are not synced: a power cut takes files that were written, and renames, with it (KAFKA-3968)",
            Invariants = ["W3", "W6", "W13", "H1", "H2", "L1", "L2", "L3"],
            Adapt = WithOutages,
            Files = files => new BentFileSystem(files) { OnSyncDirectory = (_, _) => { } },
        },
        () => new()
        {
            Name = "CleanMarkerDeletedLate",
            What = "The mark of an orderly stop outlives the start: logs that a crash left torn are not recovered (KAFKA-10471)",
            Invariants = ["W3", "W6", "W10", "H1", "H2", "H3", "L1", "L2", "L3"],
            Adapt = scenario => Bare(WithCrashes(scenario)) with
            {
                FaultKinds = [FaultKind.Restart, FaultKind.PowerCut, FaultKind.PowerCut],
                FaultGapMsMax = 800,
                FaultMsMax = 200,
                InterBrokerProtocol = "3.9-IV0",
                SegmentBytes = 300_000,
                PaddingBytes = 10_000,
            },
            Files = files => new BentFileSystem(files)
            {
                OnDelete = (path, delete) =>
                {
                    if (!path.EndsWith(".kafka_cleanshutdown", StringComparison.Ordinal))
                    {
                        delete();
                    }
                },
            },
        },
        () => new()
        {
            Name = "RecoveryCutsBelowHwAndLeads",
            What = "A replica that lost committed records in a crash does not know of it, and leads",
            Invariants = ["W3", "W6", "H1", "H2", "H6"],
            Adapt = WithOutages,
            Files = files => new BentFileSystem(files)
            {
                OnRename = (destination, rename) =>
                {
                    if (!destination.EndsWith("/replication-offset-checkpoint", StringComparison.Ordinal))
                    {
                        rename();
                    }
                },
            },
        },
    ];

    private static void HalveRetention(CreateTopicsRequest request)
    {
        foreach (var config in request.Topics.SelectMany(topic => topic.Configs).Where(config => config.Name == "retention.bytes"))
        {
            config.Value = $"{long.Parse(config.Value!, CultureInfo.InvariantCulture) / 2}";
        }
    }

    private static FrameRewriting DroppingUnacknowledged()
    {
        const int OneOf = 20;
        var seen = 0;
        return new FrameRewriting().Of<ProduceRequest>(ApiKey.Produce, request =>
        {
            if (request.Acks == 0 && ++seen % OneOf == 0)
            {
                request.TopicData = [];
            }
        });
    }

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

    /// <summary>All fail at once, and who comes back first is asked to lead, with the loss of its power behind it.</summary>
    private static Scenario WithOutages(Scenario scenario) => Bare(WithCrashes(scenario)) with
    {
        InterBrokerProtocol = "3.9-IV0",
        FaultKinds = [FaultKind.OutageAtRest],
        FaultMsMax = 1000,
    };

    /// <summary>As few brokers and as little else as can be, so that faults meet each other.</summary>
    private static Scenario Bare(Scenario scenario) => scenario with
    {
        Brokers = 3,
        Group = null,
        Compaction = null,
        DeletesRecords = false,
        HasTwoLogDirectories = false,
    };

    /// <summary>Several batches of each under way at once, and a single segment, so that all of a state comes from the log.</summary>
    private static Scenario WithIdempotentProducers(Scenario scenario) => scenario with
    {
        Producers = [ProducerKind.Idempotent, ProducerKind.Idempotent, ProducerKind.Idempotent],
        InFlightMax = 5,
        SegmentBytes = 100_000,
    };

    /// <summary>
    /// From the cut of a segment to the next write behind it, its batches are read as those of no producer: it is read then to learn of its
    /// producers again, of which a snapshot is written.
    /// </summary>
    private static BentFileSystem ForgettingProducersWhenCut(IFileSystem files)
    {
        var forgetful = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        return new BentFileSystem(files)
        {
            OnSetLength = (file, length) =>
            {
                var isCut = length < file.Length;
                file.SetLength(length);
                if (isCut && file.Path.EndsWith(".log", StringComparison.Ordinal))
                {
                    forgetful[file.Path] = WithoutProducers(file);
                }
            },
            OnRead = (path, bytes, position) =>
            {
                if (forgetful.TryGetValue(path, out var forgotten))
                {
                    forgotten.AsSpan((int)position, bytes.Length).CopyTo(bytes);
                }
            },
            OnWrite = (path, bytes, position, write) =>
            {
                var written = Path.GetDirectoryName(path);
                foreach (var cut in forgetful.Keys.Where(cut => cut == path
                    || (path.EndsWith(".snapshot", StringComparison.Ordinal) && Path.GetDirectoryName(cut) == written)).ToArray())
                {
                    forgetful.Remove(cut);
                }

                write(bytes, position);
            },
        };
    }

    private static byte[] WithoutProducers(IBlockFile file)
    {
        var bytes = new byte[file.Length];
        file.Read(bytes, 0);
        foreach (var (at, size) in BatchBending.PlacesOf(bytes))
        {
            BatchBending.ForgetProducer(bytes.AsSpan(at, size));
        }

        return bytes;
    }

    /// <summary>Counts every sequence that comes after the highest one too high.</summary>
    private static FrameRewriting WrappingToOne()
    {
        var wrapping = new HashSet<(long Producer, string Topic, int Partition)>();
        return new FrameRewriting().Of<ProduceRequest>(ApiKey.Produce, request =>
        {
            foreach (var topic in request.TopicData)
            {
                foreach (var partition in topic.PartitionData)
                {
                    var records = partition.Records.Memory.ToArray();
                    foreach (var (at, size) in BatchBending.PlacesOf(records))
                    {
                        var batch = records.AsSpan(at, size);
                        var header = new RecordBatchHeader(batch);
                        var producer = (header.ProducerId, topic.Name, partition.Index);
                        if (header.BaseSequence == int.MaxValue)
                        {
                            wrapping.Add(producer);
                        }
                        else if (header.BaseSequence < int.MaxValue / 2 && wrapping.Contains(producer))
                        {
                            BatchBending.SetBaseSequence(batch, header.BaseSequence + 1);
                        }
                    }

                    partition.Records = records;
                }
            }
        });
    }

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
