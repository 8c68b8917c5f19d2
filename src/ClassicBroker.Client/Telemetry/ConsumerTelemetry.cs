using System.Diagnostics;
using System.Diagnostics.Metrics;
using ClassicBroker.Client.Consumer;
using ClassicBroker.Client.Consumer.Groups;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Telemetry;

/// <summary>
/// What one consumer tells of itself: its polls as spans that link to those that sent the records, records, durations and lag. Owned by the
/// consumer. Threading: that of polls and commits; lag from any thread.
/// </summary>
internal sealed class ConsumerTelemetry
{
    private readonly ConsumerConfig _config;
    private readonly Assignment _assignment;
    private readonly TimeProvider _time;

    public ConsumerTelemetry(ConsumerConfig config, Assignment assignment, TimeProvider time)
    {
        (_config, _assignment, _time) = (config, assignment, time);
        ClientInstruments.Lags.Add(this);
    }

    /// <summary>There is a listener for polls or commits.</summary>
    public static bool IsOn =>
        ClientInstruments.OperationDuration.Enabled || ClientInstruments.Consumed.Enabled || ClientInstruments.Source.HasListeners();

    /// <summary>Polls, and tells of it.</summary>
    public async ValueTask<IReadOnlyList<ConsumerRecord<TKey, TValue>>> PollAsync<TKey, TValue>(
        Func<ValueTask<IReadOnlyList<ConsumerRecord<TKey, TValue>>>> poll)
    {
        var began = _time.GetTimestamp();
        try
        {
            var records = await poll();
            Polled(began, records);
            return records;
        }
        catch (KafkaException failure)
        {
            Polled<TKey, TValue>(began, [], failure);
            throw;
        }
    }

    /// <summary>Commits, and tells of it where there is a listener.</summary>
    public Task CommitAsync(
        ConsumerGroup group, IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets, CancellationToken cancellation) =>
        ClientInstruments.OperationDuration.Enabled
            ? CommitMeasuredAsync(group, offsets, cancellation)
            : group.CommitAsync(offsets, cancellation);

    private async Task CommitMeasuredAsync(
        ConsumerGroup group, IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets, CancellationToken cancellation)
    {
        var began = _time.GetTimestamp();
        KafkaException? refused = null;
        try
        {
            await group.CommitAsync(offsets, cancellation);
        }
        catch (KafkaException failure)
        {
            refused = failure;
            throw;
        }
        finally
        {
            Committed(began, refused);
        }
    }

    private void Polled<TKey, TValue>(long began, IReadOnlyList<ConsumerRecord<TKey, TValue>> records, Exception? failure = null)
    {
        var duration = _time.GetElapsedTime(began);
        if (ClientInstruments.OperationDuration.Enabled)
        {
            var tags = Tags.Of("poll", "receive", SingleTopic(records), _config.GroupId);
            tags.Add(Tags.ClientId, _config.ClientId);
            Tags.AddFailure(ref tags, failure);
            ClientInstruments.OperationDuration.Record(duration.TotalSeconds, tags);
        }

        if (records.Count > 0 && ClientInstruments.Consumed.Enabled)
        {
            Count(records);
        }

        if ((records.Count > 0 || failure is not null) && ClientInstruments.Source.HasListeners())
        {
            Trace(records, duration, failure);
        }
    }

    private void Committed(long began, Exception? failure)
    {
        var tags = Tags.Of("commit", "settle", topic: null, _config.GroupId);
        tags.Add(Tags.ClientId, _config.ClientId);
        Tags.AddFailure(ref tags, failure);
        ClientInstruments.OperationDuration.Record(_time.GetElapsedTime(began).TotalSeconds, tags);
    }

    public void AddLags(List<Measurement<long>> lags)
    {
        lock (_assignment.Gate)
        {
            foreach (var state in _assignment.All)
            {
                if (state is { HighWatermark: >= 0, Position: { } position })
                {
                    var tags = new TagList
                    {
                        { Tags.System, Tags.Kafka },
                        { Tags.Destination, state.Partition.Topic },
                        { Tags.Partition, Tags.Number(state.Partition.Partition) },
                        { Tags.ClientId, _config.ClientId },
                    };
                    if (_config.GroupId is { } group)
                    {
                        tags.Add(Tags.Group, group);
                    }

                    lags.Add(new(Math.Max(0, state.HighWatermark - position), tags));
                }
            }
        }
    }

    public void Close() => ClientInstruments.Lags.Remove(this);

    private static string? SingleTopic<TKey, TValue>(IReadOnlyList<ConsumerRecord<TKey, TValue>> records)
    {
        if (records.Count == 0)
        {
            return null;
        }

        for (var i = 1; i < records.Count; i++)
        {
            if (records[i].Topic != records[0].Topic)
            {
                return null;
            }
        }

        return records[0].Topic;
    }

    /// <summary>Records of a partition follow one another.</summary>
    private void Count<TKey, TValue>(IReadOnlyList<ConsumerRecord<TKey, TValue>> records)
    {
        var first = 0;
        for (var i = 1; i <= records.Count; i++)
        {
            var partition = records[first].TopicPartition;
            if (i == records.Count || records[i].TopicPartition != partition)
            {
                Count(partition, i - first);
                first = i;
            }
        }
    }

    private void Count(TopicPartition partition, int count)
    {
        var tags = Tags.Of("poll", "receive", partition.Topic, _config.GroupId);
        tags.Add(Tags.Partition, Tags.Number(partition.Partition));
        tags.Add(Tags.ClientId, _config.ClientId);
        ClientInstruments.Consumed.Add(count, tags);
    }

    private void Trace<TKey, TValue>(IReadOnlyList<ConsumerRecord<TKey, TValue>> records, TimeSpan duration, Exception? failure)
    {
        List<ActivityLink> links = [];
        foreach (var record in records)
        {
            if (TraceHeaders.Extract(record.Headers) is { } sender)
            {
                links.Add(new(sender));
            }
        }

        var topic = SingleTopic(records);
        var now = _time.GetUtcNow();
        using var activity = ClientInstruments.Source.StartActivity(
            ActivityKind.Client, links: links, startTime: now - duration, name: topic is null ? "poll" : $"poll {topic}");
        if (activity is null)
        {
            return;
        }

        activity.SetTag(Tags.System, Tags.Kafka).SetTag(Tags.OperationName, "poll").SetTag(Tags.OperationType, "receive");
        activity.SetTag(Tags.Destination, topic).SetTag(Tags.Group, _config.GroupId).SetTag(Tags.ClientId, _config.ClientId);
        activity.SetTag(Tags.BatchCount, records.Count);
        activity.SetEndTime(now.UtcDateTime);
        if (failure is not null)
        {
            activity.SetTag(Tags.Error, Tags.ErrorOf(failure)).SetStatus(ActivityStatusCode.Error, failure.Message);
        }
    }
}
