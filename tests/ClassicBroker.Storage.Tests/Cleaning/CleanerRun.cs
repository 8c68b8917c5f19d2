using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Storage.Tests;

/// <summary>Cleanings in one go, and what is in a log before and after.</summary>
internal static class CleanerRun
{
    /// <summary>Cleans a log as a cleaner would that found it due; returns where the dirty section begins then.</summary>
    public static long Clean(PartitionLog log, StorageEnvironment environment, OffsetMap? map = null, int bufferBytes = 4096)
    {
        var pass = Pass(log, environment, map, bufferBytes);
        foreach (var moved in pass.Run())
        {
            Xunit.Assert.True(moved >= 0);
        }

        log.NoteCleaned(pass.EndOffset, pass.Target.CutCount);
        return pass.EndOffset;
    }

    public static CleaningPass Pass(PartitionLog log, StorageEnvironment environment, OffsetMap? map = null, int bufferBytes = 4096)
    {
        var nowMs = environment.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var first = LogToClean.FirstDirty(log, log.Directory.CleanerOffsets.Find(log.Partition)).Offset;
        var target = LogToClean.Of(log, first, log.Compaction.CutCount, nowMs);
        return new CleaningPass(
            0, target, map ?? new OffsetMap(1024 * 1024, 0.9, seed: 1), bufferBytes, environment, NullLogger.Instance);
    }

    /// <summary>Every data record of a log, with its batch checked.</summary>
    public static List<CleanedRecord> Records(PartitionLog log)
    {
        var records = new List<CleanedRecord>();
        for (var offset = log.LogStartOffset; ;)
        {
            var bytes = LogContent.Fetch(log, offset, 5000);
            if (bytes.Length == 0)
            {
                return records;
            }

            foreach (var batch in new BatchIterator(bytes))
            {
                var batchBytes = bytes.AsSpan((int)batch.Position, batch.SizeInBytes);
                Xunit.Assert.True(BatchChecksum.IsValid(batchBytes));
                Xunit.Assert.True(batch.NextOffset > offset);
                offset = batch.NextOffset;
                using var reader = RecordReader.Open(batchBytes);
                while (!batch.IsControl && reader.MoveNext())
                {
                    var record = reader.Current;
                    records.Add(new(record.Offset, record.Timestamp, Text(record.Key), Text(record.Value)));
                }
            }
        }
    }

    /// <summary>A batch with records of the keys and values given; a null value is a tombstone.</summary>
    public static byte[] Batch(params (string? Key, string? Value)[] records) => Batch(new BatchTraits(), records);

    public static byte[] Batch(BatchTraits traits, params (string? Key, string? Value)[] records)
    {
        using var builder = new RecordBatchBuilder(Compression.Of(traits.Codec))
        {
            ProducerId = traits.ProducerId,
            ProducerEpoch = traits.ProducerEpoch,
            BaseSequence = traits.Sequence,
            IsTransactional = traits.IsTransactional,
        };
        foreach (var (key, value) in records)
        {
            builder.Append(traits.Timestamp, Bytes(key), Bytes(value), [new RecordHeader("h", "v"u8.ToArray())]);
        }

        return builder.Build().ToArray();
    }

    private static NullableBytes Bytes(string? text) => text is null ? NullableBytes.Null : System.Text.Encoding.UTF8.GetBytes(text);

    private static string? Text(NullableBytes bytes) => bytes.IsNull ? null : System.Text.Encoding.UTF8.GetString(bytes.Span);
}
