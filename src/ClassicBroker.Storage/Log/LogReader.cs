using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>Reads a log over one consistent list of its segments. Threading: any thread; no lock is held during I/O.</summary>
internal static class LogReader
{
    private const long LatestTimestamp = -1;
    private const long EarliestTimestamp = -2;

    /// <summary>Null where a segment was closed under the reader: the list of segments has changed.</summary>
    public static LogRead? TryRead(LogBounds bounds, in LogView view, SegmentList segments, in ReadRequest request)
    {
        var end = request.Isolation switch
        {
            FetchIsolation.LogEnd => view.LogEnd,
            FetchIsolation.HighWatermark => view.HighWatermark,
            _ => view.LastStable,
        };
        var read = view.ToRead(request.Isolation);
        if (request.FetchOffset < view.LogStart || request.FetchOffset > view.LogEnd.Offset)
        {
            return read with { Error = ErrorCode.OffsetOutOfRange, FetchOffset = new LogOffset(request.FetchOffset) };
        }

        if (!request.MayBlock && request.FetchOffset < end.Offset && !IsWarm(segments, request.FetchOffset))
        {
            return read with { IsCold = true };
        }

        if (!end.IsPositionKnown)
        {
            end = Locate(bounds, segments, end.Offset);
        }

        if (request.FetchOffset >= end.Offset)
        {
            var stand = request.FetchOffset == end.Offset ? end : Locate(bounds, segments, request.FetchOffset);
            return read with { FetchOffset = stand };
        }

        return ReadSegments(segments, request, end, read);
    }

    private static bool IsWarm(SegmentList segments, long offset) =>
        segments.FloorIndex(offset) is var index and >= 0 && segments[index].IsWarm;

    /// <summary>Finds where an offset lies. Behind the last batch that is the log's end.</summary>
    public static LogOffset Locate(LogBounds bounds, SegmentList segments, long offset)
    {
        var end = bounds.LogEnd;
        if (offset >= end.Offset)
        {
            return end with { Offset = offset };
        }

        for (var i = Math.Max(segments.FloorIndex(offset), 0); i < segments.Count; i++)
        {
            if (segments[i].FindBatch(offset) is { } batch)
            {
                var located = new LogOffset(offset, segments[i].BaseOffset, (int)batch.Position);
                bounds.Locate(located);
                return located;
            }
        }

        return end with { Offset = offset };
    }

    public static TimestampedOffset? FindByTimestamp(SegmentList segments, long timestamp, long logStartOffset)
    {
        foreach (var segment in segments.All)
        {
            if (segment.LargestTimestamp >= timestamp && segment.FindByTimestamp(timestamp, logStartOffset) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    public static TimestampedOffset? FindMaxTimestamp(SegmentList segments)
    {
        LogSegment? latest = null;
        foreach (var segment in segments.All)
        {
            if (latest is null || segment.MaxTimestampSoFar.Timestamp > latest.MaxTimestampSoFar.Timestamp)
            {
                latest = segment;
            }
        }

        return latest is null ? null : FindMaxTimestamp(latest);
    }

    private static TimestampedOffset? FindMaxTimestamp(LogSegment segment)
    {
        if (segment.MaxTimestampSoFar is not { Timestamp: >= 0 } max || segment.FindBatch(max.Offset) is not { } batch)
        {
            return null;
        }

        using var scanner = segment.ScanFrom((int)batch.Position, BatchScanner.FileWindow);
        if (!scanner.MoveNext())
        {
            return null;
        }

        TimestampedOffset? found = null;
        using var records = RecordReader.Open(scanner.ReadCurrent());
        while (records.MoveNext())
        {
            if (found is null || records.Timestamp > found.Value.Timestamp)
            {
                found = new(records.Timestamp, records.Offset, new LeaderEpoch(batch.PartitionLeaderEpoch));
            }
        }

        return found;
    }

    public static IReadOnlyList<long> SegmentOffsetsBefore(
        SegmentList segments, long timestamp, int maxCount, long logStartOffset, long logEndOffset, long nowMs)
    {
        var candidates = new List<(long Offset, long LastWriteMs)>();
        foreach (var segment in segments.All)
        {
            candidates.Add((Math.Max(segment.BaseOffset, logStartOffset), segment.LastWriteTimeMs));
        }

        if (segments.Active.Size > 0)
        {
            candidates.Add((logEndOffset, nowMs));
        }

        var last = timestamp switch
        {
            LatestTimestamp => candidates.Count - 1,
            EarliestTimestamp => 0,
            _ => candidates.FindLastIndex(candidate => candidate.LastWriteMs <= timestamp),
        };
        return [.. candidates.Take(last + 1).Reverse().Take(maxCount).Select(candidate => candidate.Offset).OrderDescending()];
    }

    private static LogRead? ReadSegments(SegmentList segments, in ReadRequest request, LogOffset end, in LogRead read)
    {
        for (var i = segments.FloorIndex(request.FetchOffset); i >= 0 && i < segments.Count; i++)
        {
            var segment = segments[i];
            var maxPosition = segment.BaseOffset == end.SegmentBaseOffset ? end.PositionInSegment : segment.Size;
            if (segment.Read(request.FetchOffset, request.MaxBytes, maxPosition, request.MinOneMessage) is not { } found)
            {
                continue;
            }

            if (found.Length > 0 && found.Region is null)
            {
                return null;
            }

            return read with
            {
                FetchOffset = found.Start,
                Records = found.Region,
                FirstBatch = found.FirstBatch,
                IsFirstEntryIncomplete = found.Length < found.FirstBatch.SizeInBytes,
                AbortedTransactions = request.Isolation == FetchIsolation.TxnCommitted
                    ? CollectAborted(segments, i, request.FetchOffset, found, end)
                    : null,
            };
        }

        return read with { FetchOffset = end };
    }

    private static List<AbortedTransaction> CollectAborted(
        SegmentList segments, int index, long fetchOffset, in SegmentRead read, LogOffset end)
    {
        var next = index + 1 < segments.Count ? segments[index + 1].BaseOffset : end.Offset;
        var upperBound = segments[index].UpperBoundOf(read.Start.PositionInSegment, read.Length) ?? next;
        var found = new List<AbortedTransaction>();
        for (var i = index; i < segments.Count; i++)
        {
            if (segments[i].CollectAborted(fetchOffset, upperBound, found))
            {
                break;
            }
        }

        return found;
    }
}
