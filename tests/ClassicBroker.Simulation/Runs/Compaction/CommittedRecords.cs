using System.Text;
using ClassicBroker.Records;
using ClassicBroker.Storage;

namespace ClassicBroker.Simulation.Runs.Compaction;

/// <summary>Reads the records of a log as its files have them, without what marks the end of transactions. Stateless.</summary>
internal static class CommittedRecords
{
    /// <summary>The batches from one that holds an offset on, or follows it, as far as the log goes.</summary>
    public static IEnumerable<(BatchHeader Header, IReadOnlyList<CommittedRecord> Records)> BatchesOf(PartitionLog log, long from, int bytesMax)
    {
        while (from < log.LogEndOffset)
        {
            if (log.Read(from, bytesMax, FetchIsolation.LogEnd, minOneMessage: true).Records is not { } region)
            {
                yield break;
            }

            var bytes = new byte[region.Length];
            region.File.Read(bytes, region.Position);
            region.File.Release();
            var began = from;
            foreach (var (header, records) in BatchesOf(bytes))
            {
                from = header.LastOffset + 1;
                yield return (header, records);
            }

            if (from <= began)
            {
                throw new CorruptRecordException($"there is no batch at {began} or behind it");
            }
        }
    }

    private static List<(BatchHeader Header, IReadOnlyList<CommittedRecord> Records)> BatchesOf(byte[] bytes)
    {
        var batches = new List<(BatchHeader, IReadOnlyList<CommittedRecord>)>();
        foreach (var batch in new BatchIterator(bytes))
        {
            var records = batch.IsControl ? [] : RecordsOf(bytes.AsSpan((int)batch.Position, batch.SizeInBytes));
            batches.Add((batch, records));
        }

        return batches;
    }

    private static List<CommittedRecord> RecordsOf(ReadOnlySpan<byte> batch)
    {
        var records = new List<CommittedRecord>();
        using var reader = RecordReader.Open(batch);
        while (reader.MoveNext())
        {
            var record = reader.Current;
            records.Add(new(record.Offset, Text(record.Key.Span), record.Value.IsNull ? null : Text(record.Value.Span), default));
        }

        return records;
    }

    private static string Text(ReadOnlySpan<byte> bytes) =>
        bytes.ContainsAnyExceptInRange((byte)' ', (byte)'~') ? Convert.ToHexString(bytes) : Encoding.ASCII.GetString(bytes);
}
