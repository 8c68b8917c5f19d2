using System.Diagnostics;
using System.Globalization;
using ClassicBroker.Client.Cluster;
using ClassicBroker.Client.Producer;

namespace ClassicBroker.Client.Telemetry;

/// <summary>
/// What a producer tells of its batches: records sent, and how long that took from the first record's arrival on. Threading: the client's
/// loop.
/// </summary>
internal sealed class ProducerTelemetry(ProducerConfig config, ClusterClient cluster)
{
    /// <summary>A batch has ended, by the answer of a broker or without one.</summary>
    public void Ended(ProducerBatch batch, KafkaException? failure, long nowMs)
    {
        if (!ClientInstruments.Sent.Enabled && !ClientInstruments.OperationDuration.Enabled)
        {
            return;
        }

        var partition = batch.Queue.Partition;
        var tags = Tags.Of("send", "send", partition.Topic, group: null);
        tags.Add(Tags.Partition, Tags.Number(partition.Partition));
        tags.Add(Tags.ClientId, config.ClientId);
        Tags.AddFailure(ref tags, failure);
        ClientInstruments.Sent.Add(batch.Count, tags);
        if (cluster.Metadata.Partition(partition) is { HasLeader: true } known && cluster.Metadata.Node(known.LeaderId) is { } leader)
        {
            tags.Add(Tags.ServerAddress, leader.Host);
            tags.Add(Tags.ServerPort, leader.Port);
        }

        ClientInstruments.OperationDuration.Record((nowMs - batch.CreatedMs) / 1000.0, tags);
    }

    /// <summary>Begins the span of sending a record; null where there is no listener, or the sampler does not want it.</summary>
    public static Activity? Begin<TKey, TValue>(in ProducerRecord<TKey, TValue> record, string clientId)
    {
        var activity = ClientInstruments.Source.StartActivity($"send {record.Topic}", ActivityKind.Producer);
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag(Tags.System, Tags.Kafka).SetTag(Tags.OperationName, "send").SetTag(Tags.OperationType, "send");
            activity.SetTag(Tags.Destination, record.Topic).SetTag(Tags.ClientId, clientId);
            if (record.Key is string or int or long or Guid)
            {
                activity.SetTag(Tags.MessageKey, Convert.ToString(record.Key, CultureInfo.InvariantCulture));
            }

            if (record.Value is null)
            {
                activity.SetTag(Tags.Tombstone, true);
            }
        }

        return activity;
    }

    /// <summary>The record with the context that goes along with it.</summary>
    public static ProducerRecord<TKey, TValue> Carry<TKey, TValue>(in ProducerRecord<TKey, TValue> record, Activity? activity) =>
        (activity ?? Activity.Current) is { } context ? record with { Headers = TraceHeaders.Inject(context, record.Headers) } : record;

    /// <summary>The record has been written.</summary>
    public static void End(Activity? activity, in RecordMetadata metadata)
    {
        if (activity is not null)
        {
            activity.SetTag(Tags.Partition, Tags.Number(metadata.Partition)).SetTag(Tags.Offset, metadata.Offset);
            activity.Dispose();
        }
    }

    /// <summary>The record has not been written, or it is unknown whether it was.</summary>
    public static void Fail(Activity? activity, Exception failure)
    {
        if (activity is not null)
        {
            activity.SetTag(Tags.Error, Tags.ErrorOf(failure)).SetStatus(ActivityStatusCode.Error, failure.Message);
            activity.Dispose();
        }
    }
}
