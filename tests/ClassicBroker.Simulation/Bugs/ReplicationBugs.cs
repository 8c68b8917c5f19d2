using System.Globalization;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Ports;
using ClassicBroker.Simulation.Runs;

namespace ClassicBroker.Simulation.Bugs;

/// <summary>Mistakes of leaders and followers, made in what they tell each other.</summary>
internal static class ReplicationBugs
{
    private const string BeforeTruncationOnFetch = "2.6-IV0";
    private const int ManyRecords = 1_000_000;

    private static readonly FaultKind[] Failovers =
        [FaultKind.Kill, FaultKind.Partition, FaultKind.ZooKeeperAway, FaultKind.SessionExpiry, FaultKind.Pause, FaultKind.Restart];

    public static Func<PlantedBug>[] All { get; } =
    [
        () => new()
        {
            Name = "TruncateToHw",
            What = "A follower cuts its log at its own high watermark instead of where the leader's epochs part from it (before KIP-101)",
            Invariants = ["W3", "W5", "W6", "H1", "L2"],
            Adapt = scenario => WithDivergence(scenario) with { InterBrokerProtocol = BeforeTruncationOnFetch },
            Traffic = new FrameRewriting().Answering<OffsetForLeaderEpochResponse>(ApiKey.OffsetForLeaderEpoch, response => Each(response, end =>
            {
                end.LeaderEpoch = -1;
                end.EndOffset = -1;
            })),
        },
        () => new()
        {
            Name = "SkipTruncate",
            What = "A follower never cuts what the new leader does not have: it is told that epochs ended behind its log",
            Invariants = ["W3", "W6", "H2", "H6", "H17", "L2"],
            Adapt = scenario => WithDivergence(scenario) with { InterBrokerProtocol = BeforeTruncationOnFetch },
            Traffic = new FrameRewriting().Answering<OffsetForLeaderEpochResponse>(
                ApiKey.OffsetForLeaderEpoch, response => Each(response, end => end.EndOffset = ManyRecords)),
        },
        () => new()
        {
            Name = "NoDivergenceCheckInFetch",
            What = "A follower does not tell the epoch of its last record, so that no fetch tells it that the logs part (KIP-595)",
            Invariants = ["W3", "W6", "H2", "H6", "L2"],
            Adapt = scenario => WithDivergence(scenario) with { InterBrokerProtocol = "3.9-IV0" },
            Traffic = new FrameRewriting().Of<FetchRequest>(ApiKey.Fetch, request => EachPartition(request, part => part.LastFetchedEpoch = -1)),
        },
        () => new()
        {
            Name = "SingleRoundEpochLookup",
            What = "A follower is told where an epoch ended that the leader never had, and takes that for an answer (before KIP-279)",
            Invariants = ["W3", "W6", "H2", "H6", "L2"],
            Adapt = scenario => WithDivergence(scenario) with
            {
                InterBrokerProtocol = BeforeTruncationOnFetch,
                SessionTimeoutMs = 1000,
                FaultKinds = [FaultKind.ElectPreferred, FaultKind.Reassign, FaultKind.SlowLink, FaultKind.Partition, FaultKind.Restart],
                FaultGapMsMax = 400,
                FaultMsMax = 1500,
                Brokers = 3,
                Group = null,
                Compaction = null,
            },
            Traffic = new FrameRewriting().Answering<OffsetForLeaderEpochResponse>(
                ApiKey.OffsetForLeaderEpoch, response => Each(response, end => end.LeaderEpoch = -1)),
        },
        () => new()
        {
            Name = "NoFetchEpochFence",
            What = "Who fetches and asks for offsets does not say in which epoch: one that is deposed, and has not heard of it, answers (before KIP-320)",
            Invariants = ["W3", "W6", "H2", "H5", "H6", "H16", "H18", "L2"],
            Adapt = scenario => WithDivergence(scenario) with
            {
                InterBrokerProtocol = BeforeTruncationOnFetch,
                SessionTimeoutMs = 1000,
                FaultKinds = [FaultKind.Pause],
                FaultGapMsMax = 1000,
                Brokers = 3,
                Group = null,
                Compaction = null,
            },
            Traffic = WithoutEpochs(),
        },
        () => new()
        {
            Name = "FetchOffsetAheadOfLog",
            What = "A follower claims to have ten records more than it has: the leader counts them as replicated",
            Invariants = ["W3", "W5", "W6", "W13", "H1", "L2"],
            Traffic = new FrameRewriting().Of<FetchRequest>(ApiKey.Fetch, request =>
            {
                if (IsReplica(request))
                {
                    EachPartition(request, part => part.FetchOffset += part.FetchOffset > 0 ? 10 : 0);
                }
            }),
        },
        () => new()
        {
            Name = "HwFromLogEnd",
            What = "A follower takes all it has fetched for committed: its high watermark is its log end",
            Invariants = ["W3", "W5", "W6", "H2"],
            Adapt = WithFailovers,
            Traffic = new FrameRewriting().Answering<FetchResponse>(ApiKey.Fetch, response =>
            {
                foreach (var part in response.Responses.SelectMany(topic => topic.Partitions))
                {
                    part.HighWatermark += part.HighWatermark >= 0 ? ManyRecords : 0;
                }
            }),
        },
        () => new()
        {
            Name = "HwNotTold",
            What = "A leader does not tell its followers how far they may show what they have",
            Invariants = ["L2"],
            Traffic = new FrameRewriting().Answering<FetchResponse>(ApiKey.Fetch, response =>
            {
                foreach (var part in response.Responses.SelectMany(topic => topic.Partitions))
                {
                    part.HighWatermark = Math.Min(part.HighWatermark, 0);
                }
            }),
        },
        () => new()
        {
            Name = "AckOnLeaderOnly",
            What = "A produce with acks=all is answered once the leader has it",
            Invariants = ["W13", "H1", "H3", "H4"],
            Traffic = new FrameRewriting().Of<ProduceRequest>(ApiKey.Produce, request => request.Acks = 1),
        },
        () => new()
        {
            Name = "JoinIsrEarly",
            What = "A leader takes all replicas into the ISR when it asks for any change, far behind as they may be",
            Invariants = ["W3", "W5", "H1", "H18", "L2"],
            Adapt = scenario => WithFailovers(scenario) with { InterBrokerProtocol = "2.8-IV1" },
            Traffic = new FrameRewriting().Of<AlterPartitionRequest>(ApiKey.AlterPartition, request =>
            {
                foreach (var part in request.Topics.SelectMany(topic => topic.Partitions))
                {
                    part.NewIsr = [.. part.NewIsr.Concat([0, 1, 2]).Distinct()];
                }
            }),
        },
        () => new()
        {
            Name = "JoinIsrBeforeEpochStart",
            What = "A follower joins the ISR once it is at a new leader's high watermark, which is not yet where that one's log ended (KAFKA-7128)",
            Invariants = ["W3"],
            Adapt = scenario => WithDivergence(scenario) with
            {
                FaultKinds = [FaultKind.ElectPreferred, FaultKind.Reassign, FaultKind.Restart, FaultKind.SlowNetwork, FaultKind.SlowNetwork],
                FaultGapMsMax = 600,
                FaultMsMax = 2000,
                MinIsr = 2,
                Brokers = 3,
                Group = null,
                Compaction = null,
                Properties = ["replica.fetch.max.bytes=1"],
            },
            MayJoinIsr = follower => follower.LogEndOffset >= follower.HighWatermark,
        },
        () => new()
        {
            Name = "HwUsesCommittedIsrOnly",
            What = "A leader that has asked for a larger ISR counts, until it hears, on the smaller one only",
            Invariants = ["W3", "W5", "W6", "H1", "H6"],
            Adapt = scenario => scenario with
            {
                InterBrokerProtocol = "3.9-IV0",
                FaultKinds = [FaultKind.Partition, FaultKind.Pause, FaultKind.SlowNetwork, FaultKind.SlowLink],
                MinIsr = 1,
            },
            Traffic = WithoutLargerIsrs(),
        },
        () => new()
        {
            Name = "HwAdvancesUnderMinIsr",
            What = "A leader goes on alone: the high watermark rises, and acks=all is answered, under min.insync.replicas",
            Invariants = ["W13", "H1"],
            Adapt = scenario => WithFailovers(scenario) with { MinIsr = 2 },
            Traffic = new FrameRewriting().Of<CreateTopicsRequest>(ApiKey.CreateTopics, request =>
            {
                foreach (var config in request.Topics.SelectMany(topic => topic.Configs).Where(config => config.Name == "min.insync.replicas"))
                {
                    config.Value = "1";
                }
            }),
        },
        () => new()
        {
            Name = "ReadUncommittedTail",
            What = "A reader is told that a log ends behind what its leader has, not behind what is committed",
            Invariants = ["H2", "H6", "H16"],
            Adapt = scenario => WithDivergence(scenario) with { SessionTimeoutMs = 1000 },
            Traffic = new FrameRewriting().Of<ListOffsetsRequest>(ApiKey.ListOffsets, request => request.ReplicaId = 0),
        },
        () => new()
        {
            Name = "UncommittedRecordsRead",
            What = "A consumer is given what only its leader has, as a follower is",
            Invariants = ["H6"],
            Adapt = scenario => WithDivergence(scenario) with { Brokers = 3 },
            Traffic = AsFollowers(),
        },
    ];

    /// <summary>Consumers are taken for the broker behind the one they ask.</summary>
    private static FrameRewriting AsFollowers()
    {
        const int Brokers = 3;
        var rewriting = new FrameRewriting();
        return rewriting.Of<FetchRequest>(ApiKey.Fetch, request =>
        {
            if (!IsReplica(request))
            {
                request.ReplicaId = (int.Parse(rewriting.Broker["broker-".Length..], CultureInfo.InvariantCulture) + 1) % Brokers;
            }
        });
    }

    private static Scenario WithFailovers(Scenario scenario) => scenario with { FaultKinds = Failovers };

    /// <summary>Leaders that fail with records that no follower has.</summary>
    private static Scenario WithDivergence(Scenario scenario) => scenario with
    {
        FaultKinds = [FaultKind.Kill, FaultKind.Partition, FaultKind.Pause],
        Producers = [ProducerKind.AcksLeader, ProducerKind.AcksLeader, ProducerKind.AcksLeader],
        Partitions = 1,
    };

    /// <summary>
    /// A leader whose larger ISR is taken hears a few times that it was not looked at: it counts on the one before, and asks again. What it
    /// asks names the state that stands by then, so that it is not refused each time.
    /// </summary>
    private static FrameRewriting WithoutLargerIsrs()
    {
        const int TimesRefused = 20;
        var known = new Dictionary<(Uuid Topic, int Partition), (int Epoch, int IsrSize, int Refused)>();
        return new FrameRewriting()
            .Of<AlterPartitionRequest>(ApiKey.AlterPartition, request =>
            {
                foreach (var topic in request.Topics)
                {
                    foreach (var part in topic.Partitions)
                    {
                        part.PartitionEpoch = Math.Max(part.PartitionEpoch, known.GetValueOrDefault((topic.TopicId, part.PartitionIndex)).Epoch);
                    }
                }
            })
            .Answering<AlterPartitionResponse>(ApiKey.AlterPartition, response =>
            {
                foreach (var topic in response.Topics)
                {
                    foreach (var part in topic.Partitions.Where(part => part.ErrorCode == ErrorCode.None))
                    {
                        var key = (topic.TopicId, part.PartitionIndex);
                        var isLarger = known.TryGetValue(key, out var before) && part.Isr.Length > before.IsrSize;
                        var isRefused = isLarger && before.Refused < TimesRefused;
                        known[key] = (part.PartitionEpoch, isRefused ? before.IsrSize : part.Isr.Length, isRefused ? before.Refused + 1 : 0);
                        part.ErrorCode = isRefused ? ErrorCode.OperationNotAttempted : ErrorCode.None;
                    }
                }
            });
    }

    private static FrameRewriting WithoutEpochs() => new FrameRewriting()
        .Of<FetchRequest>(ApiKey.Fetch, request => EachPartition(request, part => part.CurrentLeaderEpoch = -1))
        .Of<OffsetForLeaderEpochRequest>(ApiKey.OffsetForLeaderEpoch, request =>
        {
            foreach (var part in request.Topics.SelectMany(topic => topic.Partitions))
            {
                part.CurrentLeaderEpoch = -1;
            }
        })
        .Of<ListOffsetsRequest>(ApiKey.ListOffsets, request =>
        {
            foreach (var part in request.Topics.SelectMany(topic => topic.Partitions))
            {
                part.CurrentLeaderEpoch = -1;
            }
        });

    private static bool IsReplica(FetchRequest request) => request.ReplicaId >= 0 || request.ReplicaState is { ReplicaId: >= 0 };

    private static void Each(OffsetForLeaderEpochResponse response, Action<OffsetForLeaderEpochResponse.EpochEndOffset> change)
    {
        foreach (var end in response.Topics.SelectMany(topic => topic.Partitions))
        {
            change(end);
        }
    }

    private static void EachPartition(FetchRequest request, Action<FetchRequest.FetchPartition> change)
    {
        foreach (var part in request.Topics.SelectMany(topic => topic.Partitions))
        {
            change(part);
        }
    }
}
