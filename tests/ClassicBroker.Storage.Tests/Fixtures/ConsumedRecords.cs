using ClassicBroker.Records;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>
/// What consumers of a log get at an isolation level: fetches up to where the level ends, and of those of committed records what the
/// aborted transactions told with each fetch leave.
/// </summary>
internal static class ConsumedRecords
{
    private const int FetchBytes = 1_500;

    public static List<(long Offset, string Key, string Value)> Of(PartitionLog log, bool isCommitted)
    {
        var records = new List<(long, string, string)>();
        for (var offset = log.LogStartOffset; ;)
        {
            var read = log.Read(
                offset, FetchBytes, isCommitted ? FetchIsolation.TxnCommitted : FetchIsolation.HighWatermark, minOneMessage: true);
            if (read.Records is not { } region)
            {
                return records;
            }

            var bytes = new byte[region.Length];
            Assert.Equal(bytes.Length, region.File.Read(bytes, region.Position));
            region.File.Release();
            var next = Take(bytes, offset, isCommitted ? read.AbortedTransactions ?? [] : [], records);
            if (next == offset)
            {
                return records;
            }

            offset = next;
        }
    }

    private static long Take(
        byte[] bytes, long fetchOffset, IReadOnlyList<AbortedTransaction> aborted, List<(long Offset, string Key, string Value)> records)
    {
        var pending = new PriorityQueue<long, long>(aborted.Select(one => (one.ProducerId, one.FirstOffset)));
        var open = new HashSet<long>();
        var next = fetchOffset;
        foreach (var batch in new BatchIterator(bytes))
        {
            while (pending.TryPeek(out var producer, out var first) && first <= batch.LastOffset)
            {
                pending.Dequeue();
                open.Add(producer);
            }

            next = Math.Max(next, batch.NextOffset);
            if (batch.IsControl)
            {
                open.Remove(batch.ProducerId);
                continue;
            }

            if (batch.IsTransactional && open.Contains(batch.ProducerId))
            {
                continue;
            }

            using var reader = RecordReader.Open(bytes.AsSpan((int)batch.Position, batch.SizeInBytes));
            while (reader.MoveNext())
            {
                if (reader.Offset >= fetchOffset)
                {
                    records.Add((reader.Offset, Text(reader.Current.Key), Text(reader.Current.Value)));
                }
            }
        }

        return next;
    }

    private static string Text(NullableBytes bytes) =>
        bytes.IsNull ? "null" : System.Text.Encoding.UTF8.GetString(bytes.Span);
}
