using System.Buffers.Binary;
using ClassicBroker.Conformance.Tests.Clusters;
using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;

namespace ClassicBroker.Conformance.Tests.Wire;

/// <summary>
/// Requests made by hand for a recorded Kafka 3.9.2, at every version, asked of this broker in the order in which Kafka got them, and the
/// answers compared field by field.
/// </summary>
public sealed class WireReplayTests(ITestOutputHelper output)
{
    private const string ByHand = "raw";
    private const string Samples = "kafka-3.9";
    private const string ThreeBrokers = "kafka-3.9-replication";
    private const string Transactions = "kafka-3.9-transactions";


    /// <summary>What another broker than the one asked answers: no leader, no coordinator, no controller.</summary>
    private static readonly HashSet<string> OfAnother = ["6", "16", "41"];

    /// <summary>LEADER_NOT_AVAILABLE: how long a topic takes to come to be is a cluster's own.</summary>
    private const string Underway = "5";

    /// <summary>Of these only some requests were kept, and what they were asked of grew by the others; all of them were kept elsewhere.</summary>
    private const string InGroups = "of groups only samples were kept: all of it is in the part groups";

    /// <inheritdoc cref="InGroups"/>
    private const string InTransactions = "of transactions only samples were kept: all of it is in the part transactions";

    /// <summary>APIs that have a part of their own, by the reason for which they are left out here.</summary>
    private static readonly Dictionary<ApiKey, string> Elsewhere = new()
    {
        [ApiKey.JoinGroup] = InGroups,
        [ApiKey.DeleteGroups] = InGroups,
        [ApiKey.OffsetDelete] = InGroups,
        [ApiKey.SyncGroup] = InGroups,
        [ApiKey.Heartbeat] = InGroups,
        [ApiKey.LeaveGroup] = InGroups,
        [ApiKey.OffsetCommit] = InGroups,
        [ApiKey.OffsetFetch] = InGroups,
        [ApiKey.DescribeGroups] = InGroups,
        [ApiKey.ListGroups] = InGroups,
        [ApiKey.AddPartitionsToTxn] = InTransactions,
        [ApiKey.AddOffsetsToTxn] = InTransactions,
        [ApiKey.EndTxn] = InTransactions,
        [ApiKey.TxnOffsetCommit] = InTransactions,
        [ApiKey.DescribeTransactions] = InTransactions,
        [ApiKey.ListTransactions] = InTransactions,
        [ApiKey.DescribeProducers] = InTransactions,
        [ApiKey.WriteTxnMarkers] = InTransactions,
    };

    /// <summary>
    /// Recordings of whole lives. Of what was said alike again and again one pair was kept, and of long phases some: what clients and brokers
    /// sent of their own cannot be said again in a state like that of then. What was asked by hand is replayed where all of it was kept.
    /// </summary>
    private static readonly SortedDictionary<string, string> Lives = new(StringComparer.Ordinal)
    {
        [Transactions] = "lives of clients in transactions, of which repetitions were not kept",
        [ThreeBrokers] = "lives of clients on three brokers, of which repetitions were not kept: what they led to is in the part zookeeper",
        ["kafka-3.9-security"] = "lives of clients with SASL, of which repetitions were not kept: logins are compared by the server's tests",
        ["kafka-3.9-compaction"] = "lives of clients of compacted topics, of which repetitions were not kept: logs are compared by Storage's tests",
        ["kafka-3.9-old"] = "lives at older inter-broker versions, of which repetitions and receivers were not kept",
    };

    private readonly ConformanceReport _report = new("wire");
    private readonly ReplayedBroker _broker = new(
        "log.index.size.max.bytes=4096",
        "log.dirs=/data/a,/data/b",
        "auto.create.topics.enable=true",
        "group.initial.rebalance.delay.ms=0",
        "offsets.topic.num.partitions=2",
        "transaction.state.log.num.partitions=2",
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1");
    private readonly Dictionary<Uuid, string> _recordedTopics = [];
    private readonly Dictionary<Uuid, string> _ownTopics = [];
    private readonly Dictionary<int, int> _sessions = [];

    [Fact]
    public void Requests_made_by_hand_are_answered_as_Kafka_answers_them()
    {
        SetUp();
        foreach (var (name, reason) in Lives)
        {
            foreach (var exchange in RecordingArchive.Read(name).Where(exchange => !IsReplayedAlone(name, exchange)))
            {
                ReplayOwn(name, exchange, reason);
            }
        }

        var recorded = RecordingArchive.Read(Samples).ToList();
        recorded.ForEach(LearnTopics);
        foreach (var exchange in recorded.Where(exchange => exchange.ClientId == ByHand).OrderBy(CorrelationId))
        {
            Replay(exchange);
        }

        foreach (var exchange in recorded.Where(exchange => exchange.ClientId != ByHand))
        {
            ReplayOwn(Samples, exchange, "samples of what clients and brokers sent of their own");
        }

        _report.Verify(output);
    }

    /// <summary>What a client sent of its own can be asked again where the answer depends on nothing that went before.</summary>
    private void ReplayOwn(string archive, RecordedExchange exchange, string reason)
    {
        var isKnown = TryDescribe(exchange, out var api, out _);
        if (isKnown && api.Key == ApiKey.ApiVersions && exchange.Response is not null && archive is Samples or Transactions or ThreeBrokers)
        {
            Replay(exchange);
        }
        else
        {
            _report.LeftOut(isKnown && archive == ThreeBrokers && ControllerOrders.Has(api.Key) ? "orders of controllers: in the part orders" : reason);
        }
    }

    /// <summary>What was asked by hand of these has a part of its own, on clusters like the recorded ones.</summary>
    private static bool IsReplayedAlone(string archive, RecordedExchange exchange) =>
        archive switch
        {
            Transactions => exchange.ClientId == ByHand || exchange.ClientId.StartsWith("m-", StringComparison.Ordinal),
            ThreeBrokers => exchange.Source.EndsWith("58-asked-by-hand.jsonl", StringComparison.Ordinal)
                && exchange.ClientId.StartsWith("raw-", StringComparison.Ordinal),
            "kafka-3.9-security" => AuthorizationReplayTests.IsReplayed(exchange) || TokenReplayTests.IsReplayed(exchange),
            _ => false,
        };

    /// <summary>
    /// What the recorded cluster had before: its topic, one dynamic default, and a producer whose sequence in partition 1 has begun.
    /// </summary>
    private void SetUp()
    {
        var client = _broker.Client;
        client.CreateTopic("raw-topic", 2);

        // The topic of the groups' coordinator is made.
        _broker.Ask(ApiCatalog.Get(ApiKey.FindCoordinator), 0, new FindCoordinatorRequest { Key = "g" });
        client.Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            new()
            {
                Resources =
                [
                    new()
                    {
                        ResourceType = 4,
                        ResourceName = "",
                        Configs = [new() { Name = "message.max.bytes", ConfigOperation = 0, Value = "2000000" }],
                    },
                ],
            },
            1);
        using var builder = new RecordBatchBuilder { ProducerId = 3, ProducerEpoch = 0, BaseSequence = 0 };
        builder.Append(_broker.NowMs, "k"u8, "i"u8);
        Assert.Equal(ErrorCode.None, client.ProduceRaw("raw-topic", 1, 1, 9, builder.Build().ToArray()).ErrorCode);
    }

    private static int CorrelationId(RecordedExchange exchange) => BinaryPrimitives.ReadInt32BigEndian(exchange.Request.AsSpan(4));

    private static bool TryDescribe(RecordedExchange exchange, out ApiDescriptor api, out short version)
    {
        version = BinaryPrimitives.ReadInt16BigEndian(exchange.Request.AsSpan(2));
        return ApiCatalog.TryGet(BinaryPrimitives.ReadInt16BigEndian(exchange.Request), out api!) && api.Supports(version);
    }

    /// <summary>Which topic each recorded id belongs to, from every answer that says so.</summary>
    private void LearnTopics(RecordedExchange exchange)
    {
        if (exchange.Response is { } frame
            && TryDescribe(exchange, out var api, out var version)
            && api.Key == ApiKey.Metadata
            && ReplayedBroker.Decode(api, version, frame) is MetadataResponse metadata)
        {
            foreach (var topic in metadata.Topics.Where(topic => topic.Name is not null && !topic.TopicId.IsZero))
            {
                _recordedTopics[topic.TopicId] = topic.Name!;
            }
        }
    }

    private void Replay(RecordedExchange exchange)
    {
        if (!TryDescribe(exchange, out var api, out var version))
        {
            _report.LeftOut("versions Kafka does not have: compared as frames");
            return;
        }

        if (Elsewhere.TryGetValue(api.Key, out var part))
        {
            _report.LeftOut(part);
            return;
        }

        var request = ReplayedBroker.DecodeRequest(api, version, exchange);
        var recorded = exchange.Response is { } frame ? ReplayedBroker.Decode(api, version, frame) : null;
        if (!Translate(request, recorded))
        {
            _report.LeftOut("sessions whose beginning was not kept");
            return;
        }

        ForgetDeleted(recorded);
        var ours = _broker.Ask(api, version, request);
        LearnSession(recorded, ours);
        Compare($"{api} v{version} {Path.GetFileName(exchange.Source)}#{exchange.Line}", request, recorded, ours);
    }

    /// <summary>Puts this broker's ids in the place of Kafka's; false where the request names something Kafka alone can know.</summary>
    private bool Translate(IRequest request, IResponse? recorded)
    {
        TranslateTopics(request);
        if (request is AlterReplicaLogDirsRequest { Dirs: { } directories })
        {
            foreach (var directory in directories.Where(directory => directory.Path.EndsWith("/data-b", StringComparison.Ordinal)))
            {
                directory.Path = "/data/b";
            }
        }

        if (request is CreateTopicsRequest { Topics: { } topics })
        {
            foreach (var topic in topics.Where(topic => topic.ReplicationFactor > 1))
            {
                topic.ReplicationFactor = 1;
            }
        }

        if (request is AlterPartitionReassignmentsRequest reassignments)
        {
            foreach (var partition in reassignments.Topics.SelectMany(topic => topic.Partitions).Where(partition => partition.Replicas is not null))
            {
                partition.Replicas = [0];
            }
        }

        if (request is FetchRequest fetch && fetch.SessionId != 0)
        {
            if (_sessions.TryGetValue(fetch.SessionId, out var session))
            {
                fetch.SessionId = session;
            }
            else if (recorded is not FetchResponse { ErrorCode: ErrorCode.FetchSessionIdNotFound })
            {
                return false;
            }
        }

        return true;
    }

    private void TranslateTopics(object owner)
    {
        foreach (var field in MessageTree.Fields(owner))
        {
            switch (field.GetValue(owner))
            {
                case Uuid id when _recordedTopics.TryGetValue(id, out var name):
                    var own = _broker.Cluster().Topics.FirstOrDefault(topic => topic.Name == name)?.TopicId ?? id;
                    _ownTopics[own] = name;
                    field.SetValue(owner, own);
                    break;
                case Array array when array.GetType().GetElementType() is { IsClass: true } type && type != typeof(string):
                    foreach (var element in array)
                    {
                        TranslateTopics(element);
                    }

                    break;
            }
        }
    }

    /// <summary>Of deletions that were answered alike only some were kept: what Kafka no longer had goes here too before it is asked for.</summary>
    private void ForgetDeleted(IResponse? recorded)
    {
        if (recorded is DeleteTopicsResponse { Responses: { } results })
        {
            var topics = _broker.Topics;
            var gone = results.Where(result => result.ErrorCode == ErrorCode.UnknownTopicOrPartition && topics.Contains(result.Name ?? ""));
            _broker.Client.Ask<DeleteTopicsRequest, DeleteTopicsResponse>(
                new() { TopicNames = [.. gone.Select(result => result.Name!)], TimeoutMs = 1_000 }, 5);
        }
    }

    private void LearnSession(IResponse? recorded, IResponse? ours)
    {
        if (recorded is FetchResponse { SessionId: not 0 } kafkas && ours is FetchResponse { SessionId: not 0 } own)
        {
            _sessions[kafkas.SessionId] = own.SessionId;
        }
    }

    private void Compare(string what, IRequest request, IResponse? recorded, IResponse? ours)
    {
        if (recorded is null || ours is null)
        {
            _report.Compare(what, recorded is null ? "no answer" : "an answer", ours is null ? "no answer" : "an answer");
            return;
        }

        foreach (var topic in _broker.Cluster().Topics)
        {
            _ownTopics[topic.TopicId] = topic.Name!;
        }

        var asked = MessageTree.Names(request);
        var shared = MessageTree.Names(recorded).Intersect(MessageTree.Names(ours), StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
        bool IsCompared(object element) =>
            !MessageTree.IsOtherBroker(element)
            && (MessageTree.NameOf(element) is not { } name || asked.Contains(name) || shared.Contains(name));
        var kafkas = MessageTree.Lines(recorded, new AnswerMask(_recordedTopics.GetValueOrDefault).Render, IsCompared);
        var own = MessageTree.Lines(ours, new AnswerMask(_ownTopics.GetValueOrDefault).Render, IsCompared);
        LogDirectoryMerge.Apply(kafkas, own);
        var underway = PathsWith(kafkas, [Underway]).ToList();
        var elsewhere = PathsWith(kafkas, OfAnother).ToList();
        foreach (var path in kafkas.Keys.Union(own.Keys).Order(StringComparer.Ordinal))
        {
            if (underway.Concat(elsewhere).Any(prefix => path.StartsWith(prefix, StringComparison.Ordinal)))
            {
                continue;
            }

            _report.Compare($"{what} {path}", kafkas.GetValueOrDefault(path, "absent"), own.GetValueOrDefault(path, "absent"));
        }

        elsewhere.ForEach(_ => _report.LeftOut("answers of a broker that does not lead, coordinate or control: of three brokers in the part replication"));
    }

    /// <summary>The structures that have one of these errors.</summary>
    private static IEnumerable<string> PathsWith(SortedDictionary<string, string> lines, HashSet<string> errors)
    {
        foreach (var (path, value) in lines)
        {
            if (path.EndsWith("ErrorCode", StringComparison.Ordinal) && errors.Contains(value))
            {
                yield return path.Contains('.') ? path[..(path.LastIndexOf('.') + 1)] : "";
            }
        }
    }
}
