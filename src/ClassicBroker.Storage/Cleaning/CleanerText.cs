using System.Globalization;

namespace ClassicBroker.Storage;

/// <summary>The cleaner's things in the words of Kafka's log lines, which operators' scripts look for.</summary>
internal static class CleanerText
{
    private const double Megabyte = 1024 * 1024;

    public static string Of(LogSegment segment) => string.Create(
        CultureInfo.InvariantCulture,
        $"LogSegment(baseOffset={segment.BaseOffset}, size={segment.Size}, lastModifiedTime={segment.LastWriteTimeMs}, "
        + $"largestRecordTimestamp={segment.MaxTimestampSoFar.Timestamp})");

    public static string Of(IEnumerable<LogSegment> segments) => $"List({string.Join(", ", segments.Select(segment => Of(segment)))})";

    public static string Of(PartitionLog log) => string.Create(
        CultureInfo.InvariantCulture,
        $"Log(dir={log.Path}, topicId={log.TopicId}, topic={log.Partition.Topic}, partition={log.Partition.Partition}, "
        + $"highWatermark={log.HighWatermark}, lastStableOffset={log.LastStableOffset}, logStartOffset={log.LogStartOffset}, "
        + $"logEndOffset={log.LogEndOffset})");

    /// <summary>A time as Java's Date prints it.</summary>
    public static string Date(long unixMs) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToString("ddd MMM dd HH:mm:ss 'UTC' yyyy", CultureInfo.InvariantCulture);

    public static string Of(int thread, string log, long from, long to, CleanerStatistics statistics)
    {
        var copySeconds = statistics.ElapsedSeconds - statistics.IndexSeconds;
        var (read, map) = (statistics.BytesRead / Megabyte, statistics.MapBytesRead / Megabyte);
        var written = statistics.BytesWritten / Megabyte;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"\n\tLog cleaner thread {thread} cleaned log {log} (dirty section = [{from}, {to}])\n"
            + $"\t{read:N1} MB of log processed in {statistics.ElapsedSeconds:N1} seconds ({Rate(read, statistics.ElapsedSeconds):N1} MB/sec).\n"
            + $"\tIndexed {map:N1} MB in {statistics.IndexSeconds:F1} seconds ({Rate(map, statistics.IndexSeconds):N1} Mb/sec, "
            + $"{Percent(statistics.IndexSeconds, statistics.ElapsedSeconds):F1}% of total time)\n"
            + $"\tBuffer utilization: {100 * statistics.BufferUtilization:F1}%\n"
            + $"\tCleaned {read:N1} MB in {copySeconds:F1} seconds ({Rate(read, copySeconds):N1} Mb/sec, "
            + $"{Percent(copySeconds, statistics.ElapsedSeconds):F1}% of total time)\n"
            + $"\tStart size: {read:N1} MB ({statistics.MessagesRead:N0} messages)\n"
            + $"\tEnd size: {written:N1} MB ({statistics.MessagesWritten:N0} messages)\n"
            + $"\t{Reduction(statistics.BytesWritten, statistics.BytesRead):F1}% size reduction "
            + $"({Reduction(statistics.MessagesWritten, statistics.MessagesRead):F1}% fewer messages)\n");
    }

    private static double Rate(double amount, double seconds) => seconds > 0 ? amount / seconds : 0;

    private static double Percent(double part, double whole) => whole > 0 ? 100 * part / whole : 0;

    private static double Reduction(long after, long before) => before > 0 ? 100 * (1 - ((double)after / before)) : 0;
}
