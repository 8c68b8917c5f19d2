using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Verifiable;

/// <summary>
/// What a verifiable consumer tells: its partitions, its records and its commits, an event a line. Threading: the thread that polls.
/// </summary>
/// <param name="events">Where it goes.</param>
/// <param name="isVerbose">Whether each record is told.</param>
/// <param name="messagesMax">Records after which the consumer has had enough; negative for no end.</param>
internal sealed class ConsumptionLog(VerifiableEvents events, bool isVerbose, int messagesMax) : IRebalanceListener
{
    private int _consumed;

    public bool IsFinished => messagesMax >= 0 && _consumed >= messagesMax;

    public void Started() => events.Write("startup_complete", static _ => { });

    public void Ended() => events.Write("shutdown_complete", static _ => { });

    public ValueTask OnPartitionsAssignedAsync(IReadOnlyList<TopicPartition> partitions) =>
        WritePartitions("partitions_assigned", partitions);

    public ValueTask OnPartitionsRevokedAsync(IReadOnlyList<TopicPartition> partitions) =>
        WritePartitions("partitions_revoked", partitions);

    /// <summary>Tells of a poll's records, no more than are wanted; returns what to commit.</summary>
    public IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> Consumed(IReadOnlyList<ConsumerRecord<string?, string?>> records)
    {
        var taken = new SortedDictionary<TopicPartition, List<ConsumerRecord<string?, string?>>>();
        foreach (var partition in records.GroupBy(record => record.TopicPartition))
        {
            var wanted = messagesMax < 0 ? int.MaxValue : messagesMax - _consumed;
            if (partition.Take(wanted).ToList() is { Count: > 0 } part)
            {
                taken[partition.Key] = part;
                part.ForEach(Tell);
                _consumed += part.Count;
            }
        }

        events.Write("records_consumed", json =>
        {
            json.WriteNumber("count", records.Count);
            json.WriteStartArray("partitions");
            foreach (var (partition, part) in taken)
            {
                WriteStart(json, partition);
                json.WriteNumber("count", part.Count);
                json.WriteNumber("minOffset", part[0].Offset);
                json.WriteNumber("maxOffset", part[^1].Offset);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
        return taken.ToDictionary(part => part.Key, part => new OffsetAndMetadata(part.Value[^1].Offset + 1));
    }

    /// <summary>Tells of a commit, which <paramref name="failure"/> ended where it is not null.</summary>
    public void Committed(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets, KafkaException? failure) =>
        events.Write("offsets_committed", json =>
        {
            json.WriteStartArray("offsets");
            foreach (var (partition, offset) in offsets)
            {
                WriteStart(json, partition);
                json.WriteNumber("offset", offset.Offset);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (failure is not null)
            {
                json.WriteString("error", failure.Message);
            }

            json.WriteBoolean("success", failure is null);
        });

    private static void WriteStart(Utf8JsonWriter json, TopicPartition partition)
    {
        json.WriteStartObject();
        json.WriteString("topic", partition.Topic);
        json.WriteNumber("partition", partition.Partition);
    }

    private void Tell(ConsumerRecord<string?, string?> record)
    {
        if (!isVerbose)
        {
            return;
        }

        events.Write("record_data", json =>
        {
            json.WriteString("key", record.Key);
            json.WriteString("value", record.Value);
            json.WriteString("topic", record.Topic);
            json.WriteNumber("partition", record.Partition);
            json.WriteNumber("offset", record.Offset);
        });
    }

    private ValueTask WritePartitions(string name, IReadOnlyList<TopicPartition> partitions)
    {
        events.Write(name, json =>
        {
            json.WriteStartArray("partitions");
            foreach (var partition in partitions)
            {
                WriteStart(json, partition);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
        return ValueTask.CompletedTask;
    }
}
