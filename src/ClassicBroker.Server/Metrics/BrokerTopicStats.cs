using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Fetch;
using ClassicBroker.Replication.Partitions;

namespace ClassicBroker.Server.Metrics;

/// <summary>
/// What comes in and goes out, by topic and in all, under the names of Kafka's <c>kafka.server:type=BrokerTopicMetrics</c> beans. Counting
/// costs a look-up and an addition; topics that are gone are dropped when somebody looks. Owned by the broker. Threading: any.
/// </summary>
public sealed class BrokerTopicStats : IDisposable
{
    public const string MeterName = "kafka.server";

    private readonly Meter _meter = new(MeterName);
    private readonly ConcurrentDictionary<string, TopicTraffic> _topics = new(StringComparer.Ordinal);
    private readonly TopicTraffic _all = new();
    private readonly MetadataCache _metadata;

    public BrokerTopicStats(MetadataCache metadata)
    {
        _metadata = metadata;
        foreach (var kind in Enum.GetValues<TrafficKind>())
        {
            _meter.CreateObservableCounter($"{MeterName}.BrokerTopicMetrics.{kind}PerSec", () => Observe(kind));
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

                break;
        }
    }

    /// <summary>A partition was read, for a consumer or for another broker.</summary>
    public void Fetched(string topic, in FetchPartitionResult result, bool isFollower)
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

    public void Dispose() => _meter.Dispose();

    /// <summary>Counts of a topic, or of all with null; for tests.</summary>
    internal long Total(TrafficKind kind, string? topic) =>
        topic is null ? _all[kind] : _topics.TryGetValue(topic, out var traffic) ? traffic[kind] : 0;

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
