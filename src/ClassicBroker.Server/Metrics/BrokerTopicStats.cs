using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Fetch;
using ClassicBroker.Replication.Partitions;

namespace ClassicBroker.Server.Metrics;

/// <summary>
/// What comes in and goes out, by topic and in all, under the names of Kafka's <c>kafka.server:type=BrokerTopicMetrics</c> beans. Counting
/// costs a look-up and an addition; topics that are gone are dropped when somebody looks. Owned by the broker. Threading: any.
/// </summary>
public sealed class BrokerTopicStats
{
    private readonly ConcurrentDictionary<string, TopicTraffic> _topics = new(StringComparer.Ordinal);
    private readonly TopicTraffic _all = new();
    private readonly MetadataCache _metadata;
    private readonly ConversionMetrics _conversions;

    public BrokerTopicStats(MetadataCache metadata, MeterScope meters)
    {
        _metadata = metadata;
        _conversions = new ConversionMetrics(meters);
        foreach (var kind in Enum.GetValues<TrafficKind>())
        {
            meters.Counters($"kafka.server:type=BrokerTopicMetrics,name={kind}PerSec", Describe(kind), () => Observe(kind));
        }
    }

    /// <summary>A producer's records were appended or refused.</summary>
    public void Produced(string topic, int bytes, in AppendOutcome outcome)
    {
        switch (outcome.Error)
        {
            case ErrorCode.None:
                var traffic = Of(topic);
                Count(traffic, TrafficKind.TotalProduceRequests, 1);
                Count(traffic, TrafficKind.BytesIn, bytes);
                Count(traffic, TrafficKind.MessagesIn, outcome.Appended.RecordCount);
                if (outcome.Appended.IsConverted)
                {
                    Count(traffic, TrafficKind.ProduceMessageConversions, outcome.Appended.RecordCount);
                    _conversions.Produced(outcome.Appended.ConversionTime, outcome.Appended.SizeInBytes);
                }

                break;
            case ErrorCode.UnknownTopicOrPartition or ErrorCode.InvalidTopicException:
                // Names of topics that do not exist must not fill the memory.
                _all.Add(TrafficKind.TotalProduceRequests, 1);
                _all.Add(TrafficKind.FailedProduceRequests, 1);
                break;
            default:
                var refused = Of(topic);
                Count(refused, TrafficKind.TotalProduceRequests, 1);
                Count(refused, TrafficKind.FailedProduceRequests, 1);
                if (outcome.Error is ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge)
                {
                    Count(refused, TrafficKind.BytesRejected, bytes);
                }

                Refused(outcome);
                break;
        }
    }

    /// <summary>Records of a partition were put into an older format for a consumer.</summary>
    public void Converted(string topic, long records, TimeSpan time, int bytes)
    {
        Count(Of(topic), TrafficKind.FetchMessageConversions, records);
        _conversions.Fetched(time, bytes);
    }

    /// <summary>A partition was read, for a consumer or for another broker, which may be getting a replica by a reassignment.</summary>
    public void Fetched(string topic, in FetchPartitionResult result, bool isFollower, bool isReassigned = false)
    {
        if (result.Error is ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId)
        {
            _all.Add(TrafficKind.TotalFetchRequests, 1);
            _all.Add(TrafficKind.FailedFetchRequests, 1);
            return;
        }

        var traffic = Of(topic);
        Count(traffic, TrafficKind.TotalFetchRequests, 1);
        if (result.Error != ErrorCode.None)
        {
            Count(traffic, TrafficKind.FailedFetchRequests, 1);
        }
        else if (isFollower)
        {
            _all.Add(TrafficKind.ReplicationBytesOut, result.SizeInBytes);
            if (isReassigned)
            {
                _all.Add(TrafficKind.ReassignmentBytesOut, result.SizeInBytes);
            }
        }
        else
        {
            Count(traffic, TrafficKind.BytesOut, result.SizeInBytes);
        }
    }

    /// <summary>A follower of this broker appended what its leader sent.</summary>
    public void Replicated(Partition partition, int bytes)
    {
        _all.Add(TrafficKind.ReplicationBytesIn, bytes);
        if (partition.IsAddingLocalReplica)
        {
            _all.Add(TrafficKind.ReassignmentBytesIn, bytes);
        }
    }

    /// <summary>Counts of a topic, or of all with null; for tests.</summary>
    internal long Total(TrafficKind kind, string? topic) =>
        topic is null ? _all[kind] : _topics.TryGetValue(topic, out var traffic) ? traffic[kind] : 0;

    private static string Describe(TrafficKind kind) => kind switch
    {
        TrafficKind.MessagesIn => "Records produced.",
        TrafficKind.BytesIn => "Bytes produced.",
        TrafficKind.BytesOut => "Bytes consumed.",
        TrafficKind.BytesRejected => "Bytes refused because a batch was too large.",
        TrafficKind.TotalProduceRequests => "Partitions asked for by produce requests.",
        TrafficKind.TotalFetchRequests => "Partitions asked for by fetch requests.",
        TrafficKind.FailedProduceRequests => "Partitions that produce requests were refused for.",
        TrafficKind.FailedFetchRequests => "Partitions that fetch requests were refused for.",
        TrafficKind.ProduceMessageConversions => "Records put into another format or codec when they were produced.",
        TrafficKind.FetchMessageConversions => "Records put into an older format when they were consumed.",
        TrafficKind.ReplicationBytesOut => "Bytes sent to followers.",
        TrafficKind.ReplicationBytesIn => "Bytes fetched from leaders.",
        TrafficKind.ReassignmentBytesOut => "Bytes sent to replicas that a reassignment adds.",
        TrafficKind.ReassignmentBytesIn => "Bytes fetched for replicas that a reassignment adds.",
        TrafficKind.NoKeyCompactedTopicRecords => "Records refused because a compacted topic takes none without key.",
        TrafficKind.InvalidMagicNumberRecords => "Batches refused because their format differs from that of the first one.",
        TrafficKind.InvalidMessageCrcRecords => "Batches refused because their checksum does not match.",
        TrafficKind.InvalidOffsetOrSequenceRecords => "Batches refused because their offsets or their sequence do not fit.",
        _ => "",
    };

    private void Refused(in AppendOutcome outcome)
    {
        switch (outcome.Fault)
        {
            case RecordFault.NoKey:
                _all.Add(TrafficKind.NoKeyCompactedTopicRecords, outcome.RecordErrors?.Count ?? 1);
                break;
            case RecordFault.Magic:
                _all.Add(TrafficKind.InvalidMagicNumberRecords, 1);
                break;
            case RecordFault.Checksum:
                _all.Add(TrafficKind.InvalidMessageCrcRecords, 1);
                break;
            case RecordFault.OffsetOrSequence:
                _all.Add(TrafficKind.InvalidOffsetOrSequenceRecords, 1);
                break;
        }
    }

    private TopicTraffic Of(string topic) =>
        _topics.TryGetValue(topic, out var known) ? known : _topics.GetOrAdd(topic, _ => new TopicTraffic());

    private void Count(TopicTraffic topic, TrafficKind kind, long amount)
    {
        topic.Add(kind, amount);
        _all.Add(kind, amount);
    }

    private IEnumerable<Measurement<long>> Observe(TrafficKind kind)
    {
        var image = _metadata.Current;
        List<Measurement<long>> measurements = [new(_all[kind])];
        if (kind >= TrafficKind.ReplicationBytesOut)
        {
            return measurements;
        }

        foreach (var (topic, traffic) in _topics.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (image.Contains(topic))
            {
                measurements.Add(new(traffic[kind], new KeyValuePair<string, object?>("topic", topic)));
            }
            else
            {
                _topics.TryRemove(topic, out _);
            }
        }

        return measurements;
    }
}
