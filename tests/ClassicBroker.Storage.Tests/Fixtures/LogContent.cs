using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>What a consumer sees of a log.</summary>
internal static class LogContent
{
    public static List<string> Values(PartitionLog log, FetchIsolation isolation = FetchIsolation.LogEnd) =>
        [.. Records(log, isolation).Select(record => record.Value)];

    /// <summary>Reads from the log start to where the isolation ends, a fetch at a time, and checks that offsets only rise.</summary>
    public static List<(long Offset, string Value)> Records(
        PartitionLog log, FetchIsolation isolation = FetchIsolation.LogEnd, int maxBytes = 1000, long? from = null)
    {
        var records = new List<(long, string)>();
        var offset = from ?? log.LogStartOffset;
        while (true)
        {
            var bytes = Fetch(log, offset, maxBytes, isolation);
            if (bytes.Length == 0)
            {
                return records;
            }

            foreach (var batch in new BatchIterator(bytes))
            {
                Assert.True(BatchChecksum.IsValid(bytes.AsSpan((int)batch.Position, batch.SizeInBytes)));
                using var reader = RecordReader.Open(bytes.AsSpan((int)batch.Position, batch.SizeInBytes));
                while (reader.MoveNext())
                {
                    if (reader.Offset >= offset && !batch.IsControl)
                    {
                        records.Add((reader.Offset, System.Text.Encoding.UTF8.GetString(reader.Current.Value.Span)));
                    }
                }

                Assert.True(batch.NextOffset > offset);
                offset = batch.NextOffset;
            }
        }
    }

    public static byte[] Fetch(PartitionLog log, long offset, int maxBytes, FetchIsolation isolation = FetchIsolation.LogEnd)
    {
        var read = log.Read(offset, maxBytes, isolation, minOneMessage: true);
        Assert.Equal(ErrorCode.None, read.Error);
        if (read.Records is not { } region)
        {
            return [];
        }

        var bytes = new byte[region.Length];
        Assert.Equal(bytes.Length, region.File.Read(bytes, region.Position));
        region.File.Release();
        return bytes;
    }
}
