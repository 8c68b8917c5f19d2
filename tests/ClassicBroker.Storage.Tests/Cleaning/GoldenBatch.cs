using ClassicBroker.Records;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>A batch of a golden log with its records as text.</summary>
internal sealed record GoldenBatch(BatchHeader Header, bool HasHorizon, List<GoldenBatch.Entry> Records)
{
    public static List<GoldenBatch> AllOf(byte[] log)
    {
        var batches = new List<GoldenBatch>();
        foreach (var batch in new BatchIterator(log))
        {
            var bytes = log.AsSpan((int)batch.Position, batch.SizeInBytes);
            Assert.True(BatchChecksum.IsValid(bytes));
            var entries = new List<Entry>();
            using var records = RecordReader.Open(bytes);
            while (records.MoveNext())
            {
                var record = records.Current;
                entries.Add(new(
                    record.Offset,
                    record.Value.IsNull,
                    $"{record.Offset} {record.Timestamp} {GoldenFiles.Hex(record.Key)} {GoldenFiles.Hex(record.Value)} "
                    + Convert.ToHexString(record.Headers.Bytes)));
            }

            batches.Add(new(
                batch, batch.Magic >= RecordFormat.MagicV2 && new RecordBatchHeader(bytes).HasDeleteHorizon, entries));
        }

        return batches;
    }

    /// <summary>Is the record of those that wait for a horizon to pass?</summary>
    public bool MayWait(Entry record) => Header.Magic >= RecordFormat.MagicV2 && (record.IsTombstone || Header.IsControl);

    /// <summary>All but what depends on which records are left: size, count and largest time.</summary>
    public string Comparable(short maskedAttributes) =>
        $"batch {Header.BaseOffset}-{Header.LastOffset} magic {Header.Magic} attributes {Header.Attributes & ~maskedAttributes} "
        + $"epoch {Header.PartitionLeaderEpoch} producer {Header.ProducerId} {Header.ProducerEpoch} {Header.BaseSequence}: "
        + string.Join("; ", Records.Select(record => record.Text));

    /// <summary>A record.</summary>
    internal sealed record Entry(long Offset, bool IsTombstone, string Text);
}
