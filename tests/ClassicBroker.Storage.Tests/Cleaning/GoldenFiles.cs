using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>What golden logs hold, as text that can be compared.</summary>
internal static class GoldenFiles
{
    private static readonly string[] Suffixes =
    [
        LogFileNames.LogSuffix, LogFileNames.OffsetIndexSuffix, LogFileNames.TimeIndexSuffix, LogFileNames.TransactionIndexSuffix,
    ];

    /// <summary>What the cleaner has closed: everything but the active segment.</summary>
    public static List<string> Segments(string directory)
    {
        var names = Directory.GetFiles(directory).Select(path => Path.GetFileName(path))
            .Where(name => Suffixes.Any(suffix => LogFileNames.IsOffsetFile(name, suffix, out _)))
            .Order(StringComparer.Ordinal)
            .ToList();
        var active = names.Max(name => name[..20])!;
        return [.. names.Where(name => !name.StartsWith(active, StringComparison.Ordinal))];
    }

    public static List<string> Describe(byte[] log)
    {
        var lines = new List<string>();
        foreach (var batch in new BatchIterator(log))
        {
            var bytes = log.AsSpan((int)batch.Position, batch.SizeInBytes);
            Assert.True(BatchChecksum.IsValid(bytes));
            var size = batch.IsCompressed ? 0 : batch.SizeInBytes;
            var baseTimestamp = batch.Magic >= RecordFormat.MagicV2 ? new RecordBatchHeader(bytes).BaseTimestamp : 0;
            lines.Add(
                $"batch {batch.BaseOffset}-{batch.LastOffset} magic {batch.Magic} attributes {batch.Attributes} size {size} "
                + $"epoch {batch.PartitionLeaderEpoch} producer {batch.ProducerId} {batch.ProducerEpoch} {batch.BaseSequence} "
                + $"count {batch.RecordCount} times {baseTimestamp} {batch.MaxTimestamp}");
            using var records = RecordReader.Open(bytes);
            while (records.MoveNext())
            {
                var record = records.Current;
                lines.Add(
                    $"{record.Offset} {record.Timestamp} {Hex(record.Key)} {Hex(record.Value)} {Convert.ToHexString(record.Headers.Bytes)}");
            }
        }

        return lines;
    }

    public static string Hex(NullableBytes bytes) => bytes.IsNull ? "null" : Convert.ToHexString(bytes.Span);
}
