using ClassicBroker.Records;

namespace ClassicBroker.Storage.Tests;

/// <summary>Record sets as producers and leaders send them.</summary>
internal static class TestRecords
{
    public const long Epoch2026 = 1767225600000;

    /// <summary>One v2 batch of a client, with the values given.</summary>
    public static byte[] Batch(params string[] values) => Batch(Epoch2026, values);

    public static byte[] Batch(long timestamp, params string[] values)
    {
        using var builder = new RecordBatchBuilder();
        foreach (var value in values)
        {
            builder.Append(timestamp++, NullableBytes.Null, System.Text.Encoding.UTF8.GetBytes(value));
        }

        return builder.Build().ToArray();
    }

    /// <summary>One batch of an idempotent or transactional producer.</summary>
    public static byte[] From(
        long producerId, short epoch, int sequence, int count = 1, bool isTransactional = false, long timestamp = Epoch2026)
    {
        using var builder = new RecordBatchBuilder
        {
            ProducerId = producerId,
            ProducerEpoch = epoch,
            BaseSequence = sequence,
            IsTransactional = isTransactional,
        };
        for (var i = 0; i < count; i++)
        {
            builder.Append(timestamp, NullableBytes.Null, System.Text.Encoding.UTF8.GetBytes($"p{producerId}-{ProducerSequence.Add(sequence, i)}"));
        }

        return builder.Build().ToArray();
    }

    public static byte[] Marker(long producerId, short epoch, ControlRecordType type, int coordinatorEpoch = 0) =>
        new EndTransactionMarker(type, coordinatorEpoch).ToBatch(Epoch2026, producerId, epoch);

    /// <summary>A batch as a leader of <paramref name="epoch"/> stored it.</summary>
    public static byte[] Stored(long baseOffset, int epoch, params string[] values)
    {
        var batch = Batch(Epoch2026 + baseOffset, values);
        RecordBatchHeader.SetBaseOffset(batch, baseOffset);
        RecordBatchHeader.SetPartitionLeaderEpoch(batch, epoch);
        return batch;
    }

    /// <summary>A value that is <paramref name="bytes"/> long and tells its number.</summary>
    public static string Value(int number, int bytes = 100) => $"{number}:".PadRight(bytes, 'x');
}
