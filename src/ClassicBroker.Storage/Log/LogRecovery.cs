using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// Brings segments that cannot be trusted into order, oldest first, each on the producer state its predecessors left.
/// Threading: the loop that loads the log.
/// </summary>
/// <param name="cleanedUpTo">Where the section begins that the cleaner has not seen; 0 where it never cleaned this log.</param>
internal sealed class LogRecovery(
    TopicPartition partition,
    LogConfig config,
    SegmentList segments,
    ProducerState producers,
    LeaderEpochCache epochs,
    long logStartOffset,
    long cleanedUpTo,
    long nowMs,
    ILogger logger)
{
    private readonly List<LogSegment> _removed = [];
    private readonly HashSet<LogSegment> _recovered = [];
    private SegmentList _segments = segments;
    private bool? _hasTraces;

    /// <summary>A segment of the log was split: its offsets had holes, as only compaction leaves them.</summary>
    public bool WasSplit { get; init; }

    /// <summary>Segments that have too many offsets and cannot be split; they stay as they are.</summary>
    public IReadOnlySet<long> Unsplit { get; init; } = new HashSet<long>();

    /// <summary>Segments behind one that had to be cut: they no longer belong to the log.</summary>
    public IReadOnlyList<LogSegment> Removed => _removed;

    /// <summary>Rebuilds indexes that are missing or make no sense.</summary>
    /// <exception cref="SegmentOverflowException">A segment must be split first; likewise from the other calls.</exception>
    public SegmentList RecoverIndexes()
    {
        foreach (var segment in _segments.All.ToArray().Where(segment => !_removed.Contains(segment) && !_recovered.Contains(segment)))
        {
            if (!segment.AreIndexesTrusted(isActive: segment == _segments.Active, config))
            {
                logger.LogInformation(
                    "[LogLoader partition={Partition}] Rebuilding the indexes of segment {BaseOffset}", partition, segment.BaseOffset);
                Recover(segment, isAfterCrash: false);
                segment.Flush();
            }
            else if (HasRoomForOverflow(segment) && segment.TryReadNextOffset() is { } next)
            {
                RequireInRange(segment, next);
            }
        }

        return _segments;
    }

    /// <summary>
    /// Checks every batch from the recovery point on, as after a crash; from one before, because a segment rolled exactly there may have
    /// got its last index entries after it had been synced.
    /// </summary>
    /// <param name="recoveryPoint">What lies before it is durable.</param>
    /// <param name="showRemaining">Told how many segments are still to be checked, before each.</param>
    public void RecoverFrom(long recoveryPoint, Action<int>? showRemaining = null)
    {
        var toCheck = _segments.Covering(Math.Max(recoveryPoint - 1, FirstOffset), long.MaxValue).ToArray();
        for (var i = 0; i < toCheck.Length; i++)
        {
            var segment = toCheck[i];
            showRemaining?.Invoke(toCheck.Length - i);
            if (_removed.Contains(segment))
            {
                break;
            }

            Recover(segment, isAfterCrash: true);
        }
    }

    /// <summary>The offset behind the last batch. What does not end there in order is recovered first.</summary>
    public long NextOffset()
    {
        if (_segments.Active.TryReadNextOffset() is { } next)
        {
            RequireInRange(_segments.Active, next);
            return next;
        }

        Recover(_segments.Active, isAfterCrash: false);
        var recovered = _segments.Active.TryReadNextOffset();
        Invariant.Require(recovered is not null);
        return recovered.Value;
    }

    /// <summary>Of the active segment it is seen where the log's end is looked for.</summary>
    private bool HasRoomForOverflow(LogSegment segment) =>
        segment != _segments.Active && NextBaseOffset(segment) - 1 - segment.BaseOffset > int.MaxValue;

    /// <summary>Brokers of old noted offsets in an index without looking whether it can say them.</summary>
    private void RequireInRange(LogSegment segment, long nextOffset)
    {
        if (nextOffset > segment.BaseOffset && !segment.CanHold(nextOffset - 1) && !Unsplit.Contains(segment.BaseOffset))
        {
            throw new SegmentOverflowException(segment.BaseOffset);
        }
    }

    private long FirstOffset => _segments.Count == 0 ? 0 : _segments.First.BaseOffset;

    private void Recover(LogSegment segment, bool isAfterCrash)
    {
        producers.TruncateAndReload(logStartOffset, segment.BaseOffset, nowMs);
        ProducerReplay.Run(producers, _segments, logStartOffset, segment.BaseOffset);
        producers.AdvanceTo(segment.BaseOffset);
        producers.TakeSnapshot();
        var nextBaseOffset = NextBaseOffset(segment);
        var cut = segment.Recover(producers, epochs, config, nextBaseOffset, maySplit: nextBaseOffset < long.MaxValue || !isAfterCrash);
        producers.TakeSnapshot();
        _recovered.Add(segment);
        if (cut > 0)
        {
            logger.LogWarning(
                "[LogLoader partition={Partition}] {Bytes} bytes cut off segment {BaseOffset}", partition, cut, segment.BaseOffset);
        }

        if (nextBaseOffset < long.MaxValue && !IsFollowedBy(segment, nextBaseOffset, cut, isAfterCrash))
        {
            RemoveBehind(segment);
        }
    }

    private long NextBaseOffset(LogSegment segment)
    {
        var index = _segments.FloorIndex(segment.BaseOffset) + 1;
        return index < _segments.Count ? _segments[index].BaseOffset : long.MaxValue;
    }

    /// <summary>
    /// Does the log go on with the next segment? A power cut may keep a younger segment and lose the end of an older one, and what lies
    /// behind the hole is no part of a log that can be read through. Only compaction leaves holes on purpose: in a log that is or was
    /// compacted, here or where it was copied from, and where no crash explains a hole, it stays.
    /// </summary>
    private bool IsFollowedBy(LogSegment segment, long nextBaseOffset, int cut, bool isAfterCrash) =>
        segment.TryReadNextOffset() == nextBaseOffset
        || (cut == 0 && (config.IsCompacted || !isAfterCrash || segment.BaseOffset < cleanedUpTo || HasTraces()));

    /// <summary>Looks through the log once, and only where there is a hole.</summary>
    private bool HasTraces() => _hasTraces ??= WasSplit || Array.Exists(_segments.All.ToArray(), CompactionTraces.AreIn);

    private void RemoveBehind(LogSegment segment)
    {
        var behind = _segments.All.ToArray().Where(other => other.BaseOffset > segment.BaseOffset).ToList();
        logger.LogWarning(
            "[LogLoader partition={Partition}] {Count} segments behind {BaseOffset} are removed", partition, behind.Count, segment.BaseOffset);
        _removed.AddRange(behind);
        _segments = _segments.Without(behind);
    }
}
