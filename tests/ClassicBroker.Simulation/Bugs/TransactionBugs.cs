using System.Buffers.Binary;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Ports;
using ClassicBroker.Simulation.Runs;
using ClassicBroker.Simulation.Runs.Transactions;

namespace ClassicBroker.Simulation.Bugs;

/// <summary>Mistakes of transaction coordinators, of the leaders that hold transactions, and of the coordinators of groups within them.</summary>
internal static class TransactionBugs
{
    private static readonly FaultKind[] Moves = [FaultKind.Kill, FaultKind.Restart, FaultKind.Partition, FaultKind.ZooKeeperAway];

    public static Func<PlantedBug>[] All { get; } =
    [
        () => new()
        {
            Name = "MarkerWrittenTwice",
            What = "The marker of a producer's transaction before is written again, at the end of the next one",
            Invariants = ["W11", "H7", "H8", "H9", "H12", "H13"],
            Adapt = WithTransactions,
            Traffic = MarkersTwice(),
        },
        () => new()
        {
            Name = "PendingMarkerMapByIdOnly",
            What = "Markers under way are known by their transactional id only: those of another coordinator end the wait for one's own",
            Invariants = ["W11", "W12", "L5"],
            Adapt = scenario => WithTransactions(scenario) with { FaultKinds = Moves },
            Traffic = MarkersOfOtherCoordinators(),
        },
        () => new()
        {
            Name = "TxnOffsetsVisibleEarly",
            What = "Offsets committed in a transaction are told before it is committed",
            Invariants = ["H12"],
            Adapt = WithTransactions,
            Traffic = OffsetsVisibleEarly(),
        },
        () => new()
        {
            Name = "EndTxnIgnoresEpoch",
            What = "The end of a transaction is taken from a producer that has been replaced",
            Invariants = ["H7", "H8", "H9", "H10", "H12", "H13"],
            Adapt = WithTransactions,
            Traffic = EndsInTheNewestEpoch(),
        },
        () => new()
        {
            Name = "LateProduceOpensTxn",
            What = "A batch that arrives behind its transaction's marker opens a transaction that never ends (before KIP-890)",
            Invariants = ["W11", "L5", "H7"],
            Adapt = WithTransactions,
            Properties = ["transaction.partition.verification.enable=false"],
        },
        () => new()
        {
            Name = "AbortedIndexMissing",
            What = "Readers of committed records are not told which transactions were aborted",
            Invariants = ["H7", "H8"],
            Adapt = WithTransactions,
            Traffic = new FrameRewriting().Answering<FetchResponse>(ApiKey.Fetch, response =>
            {
                foreach (var part in response.Responses.SelectMany(topic => topic.Partitions))
                {
                    part.AbortedTransactions = part.AbortedTransactions is null ? null : [];
                }
            }),
        },
        () => new()
        {
            Name = "StableEndGoesBack",
            What = "A leader tells readers of committed records now and then an end that was stable a few records ago",
            Invariants = ["H6"],
            Adapt = WithTransactions,
            Traffic = TellingOldStableEnds(),
        },
        () => new()
        {
            Name = "OpenTransactionsRead",
            What = "Readers of committed records are given what is in no finished transaction yet",
            Invariants = ["H7", "H8"],
            Adapt = WithTransactions,
            Traffic = new FrameRewriting().Of<FetchRequest>(ApiKey.Fetch, request => request.IsolationLevel = 0),
        },
        () => new()
        {
            Name = "PartitionLeftOut",
            What = "A coordinator forgets the second partition that a producer adds, and confirms it all the same",
            Invariants = ["W11", "L5"],
            Adapt = WithTransactions,
            Properties = ["transaction.partition.verification.enable=false"],
            Traffic = PartitionsLeftOut(),
        },
        () => new()
        {
            Name = "CommitForgotten",
            What = "A commit is confirmed, and the transaction is aborted",
            Invariants = ["H7", "H9"],
            Adapt = WithTransactions,
            Traffic = new FrameRewriting().Of<EndTxnRequest>(ApiKey.EndTxn, request => request.Committed = false),
        },
        () => new()
        {
            Name = "CleanerDropsMarker",
            What = "A cleaner takes out the markers of aborted transactions: what their producers wrote later is taken for aborted too",
            Invariants = ["H7", "H9", "H12", "W10", "W11", "L5"],
            Adapt = scenario => WithTransactions(scenario) is { Transactions: { } shape } adapted
                ? adapted with { Transactions = shape with { IsCompacted = true }, FaultKinds = [FaultKind.Kill, FaultKind.Restart] } : scenario,
            Files = files => new BentFileSystem(files) { OnWrite = DroppingMarkers },
        },
        () => new()
        {
            Name = "ProducerExpiryTooEarly",
            What = "Producers are forgotten while they still send: what they send again is appended again",
            Invariants = ["H3", "H4", "W10"],
            Adapt = scenario => scenario with
            {
                FaultKinds = [FaultKind.Kill, FaultKind.Reset, FaultKind.Partition, FaultKind.Pause],
                Producers = [ProducerKind.Idempotent, ProducerKind.Idempotent, ProducerKind.Idempotent],
            },
            Properties = ["producer.id.expiration.ms=100", "producer.id.expiration.check.interval.ms=50"],
        },
    ];

    private static FrameRewriting TellingOldStableEnds()
    {
        const int OneOf = 5;
        const int Records = 3;
        var told = 0;
        return new FrameRewriting().Exchange<ListOffsetsRequest, ListOffsetsResponse>(ApiKey.ListOffsets, (request, response) =>
        {
            foreach (var end in response.Topics.SelectMany(topic => topic.Partitions))
            {
                if (request.IsolationLevel == 1 && end.Offset > Records && ++told % OneOf == 0)
                {
                    end.Offset -= Records;
                }
            }
        });
    }

    private static Scenario WithTransactions(Scenario scenario) =>
        Scenario.WithTransactions(TransactionShape.DrawAlways(scenario.Seed), scenario);

    /// <summary>Puts the marker before in front of each, and hides its result.</summary>
    private static FrameRewriting MarkersTwice()
    {
        var last = new Dictionary<long, WriteTxnMarkersRequest.WritableTxnMarker>();
        return new FrameRewriting()
            .Of<WriteTxnMarkersRequest>(ApiKey.WriteTxnMarkers, request =>
            {
                var markers = new List<WriteTxnMarkersRequest.WritableTxnMarker>();
                foreach (var marker in request.Markers)
                {
                    if (last.TryGetValue(marker.ProducerId, out var before) && before.TransactionResult != marker.TransactionResult)
                    {
                        before.CoordinatorEpoch = marker.CoordinatorEpoch;
                        before.ProducerEpoch = marker.ProducerEpoch;
                        before.Topics = marker.Topics;
                        markers.Add(before);
                    }

                    markers.Add(marker);
                    last[marker.ProducerId] = new() { ProducerId = marker.ProducerId, TransactionResult = marker.TransactionResult };
                }

                request.Markers = [.. markers];
            })
            .Answering<WriteTxnMarkersResponse>(ApiKey.WriteTxnMarkers, response =>
                response.Markers = [.. response.Markers.GroupBy(marker => marker.ProducerId).Select(results => results.Last())]);
    }

    private static FrameRewriting MarkersOfOtherCoordinators()
    {
        var coordinators = new Dictionary<long, int>();
        var confused = new HashSet<long>();
        return new FrameRewriting()
            .Of<WriteTxnMarkersRequest>(ApiKey.WriteTxnMarkers, request =>
            {
                foreach (var marker in request.Markers)
                {
                    if (coordinators.TryGetValue(marker.ProducerId, out var known) && known != marker.CoordinatorEpoch)
                    {
                        confused.Add(marker.ProducerId);
                    }

                    coordinators[marker.ProducerId] = marker.CoordinatorEpoch;
                }
            })
            .Answering<WriteTxnMarkersResponse>(ApiKey.WriteTxnMarkers, response =>
            {
                foreach (var result in response.Markers.Where(marker => confused.Remove(marker.ProducerId)).SelectMany(marker => marker.Topics))
                {
                    foreach (var partition in result.Partitions)
                    {
                        partition.ErrorCode = ErrorCode.TransactionCoordinatorFenced;
                    }
                }
            });
    }

    private static FrameRewriting OffsetsVisibleEarly()
    {
        var told = new Dictionary<TopicPartition, long>();
        return new FrameRewriting()
            .Of<TxnOffsetCommitRequest>(ApiKey.TxnOffsetCommit, request =>
            {
                foreach (var topic in request.Topics)
                {
                    foreach (var partition in topic.Partitions)
                    {
                        told[new(topic.Name, partition.PartitionIndex)] = partition.CommittedOffset;
                    }
                }
            })
            .Answering<OffsetFetchResponse>(ApiKey.OffsetFetch, response =>
            {
                foreach (var topic in response.Topics)
                {
                    foreach (var partition in topic.Partitions)
                    {
                        partition.CommittedOffset = told.GetValueOrDefault(new(topic.Name, partition.PartitionIndex), partition.CommittedOffset);
                    }
                }
            });
    }

    private static FrameRewriting EndsInTheNewestEpoch()
    {
        var newest = new Dictionary<long, short>();
        return new FrameRewriting()
            .Answering<InitProducerIdResponse>(ApiKey.InitProducerId, response => newest[response.ProducerId] = response.ProducerEpoch)
            .Of<EndTxnRequest>(
                ApiKey.EndTxn, request => request.ProducerEpoch = newest.GetValueOrDefault(request.ProducerId, request.ProducerEpoch));
    }

    /// <summary>The first partition stands for the second too.</summary>
    private static FrameRewriting PartitionsLeftOut()
    {
        return new FrameRewriting()
            .Of<AddPartitionsToTxnRequest>(ApiKey.AddPartitionsToTxn, request =>
            {
                foreach (var topic in request.V3AndBelowTopics.Concat(request.Transactions.SelectMany(transaction => transaction.Topics)))
                {
                    topic.Partitions = topic.Partitions[..1];
                }
            });
    }

    /// <summary>Makes markers into control records of a kind that has no meaning: the cleaner's places in the file stay.</summary>
    private static void DroppingMarkers(string path, byte[] bytes, long position, Action<byte[], long> write)
    {
        const byte NoType = 99;
        if (path.EndsWith(".log.cleaned", StringComparison.Ordinal))
        {
            var markers = new List<(int Position, int Size)>();
            foreach (var batch in new BatchIterator(bytes))
            {
                if (batch.IsControl)
                {
                    markers.Add(((int)batch.Position, batch.SizeInBytes));
                }
            }

            foreach (var (at, size) in markers)
            {
                var batch = bytes.AsSpan(at, size);
                ref var type = ref batch[TypeOffset(batch)];
                if (type == (byte)ControlRecordType.Abort)
                {
                    type = NoType;
                    BinaryPrimitives.WriteUInt32BigEndian(
                        batch[RecordBatchHeader.CrcOffset..], Crc32C.Compute(batch[RecordBatchHeader.AttributesOffset..]));
                }
            }
        }

        write(bytes, position);
    }

    /// <summary>Where the low byte of the type is, in the key of a marker's only record: behind its length, attributes and deltas.</summary>
    private static int TypeOffset(ReadOnlySpan<byte> batch)
    {
        const int KeyTypeLowByte = 3;
        var at = AfterVarint(batch, RecordBatchHeader.Size) + 1;
        for (var skipped = 0; skipped < 3; skipped++)
        {
            at = AfterVarint(batch, at);
        }

        return at + KeyTypeLowByte;
    }

    private static int AfterVarint(ReadOnlySpan<byte> bytes, int at)
    {
        const byte More = 0x80;
        while ((bytes[at] & More) != 0)
        {
            at++;
        }

        return at + 1;
    }
}
