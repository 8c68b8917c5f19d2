using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// Brings segments that cannot be trusted into order, oldest first, each on the producer state its predecessors left.
/// Threading: the loop that loads the log.
/// </summary>
internal sealed class LogRecovery(
    TopicPartition partition,
    LogConfig config,
    SegmentList segments,
    ProducerState producers,
    LeaderEpochCache epochs,
    long logStartOffset,
    long nowMs,
    ILogger logger)
{
    private readonly List<LogSegment> _removed = [];
    private readonly HashSet<LogSegment> _recovered = [];
    private SegmentList _segments = segments;

    /// <summary>Segments behind one that had to be cut: they no longer belong to the log.</summary>
    public IReadOnlyList<LogSegment> Removed => _removed;

    /// <summary>Makes indexes anew that are missing or make no sense.</summary>
    public SegmentList RecoverIndexes()
    {
        foreach (var segment in _segments.All.ToArray().Where(segment => !_removed.Contains(segment)))
        {
            if (!segment.AreIndexesTrusted(isActive: segment == _segments.Active, config))
            {
                logger.LogInformation(
                    "[LogLoader partition={Partition}] Rebuilding the indexes of segment {BaseOffset}", partition, segment.BaseOffset);
                Recover(segment);
            }
        }

        return _segments;
    }

    /// <summary>Checks every batch from the recovery point on, as after a crash.</summary>
    public SegmentList RecoverFrom(long recoveryPoint)
    {
        foreach (var segment in _segments.Covering(Math.Max(recoveryPoint, FirstOffset), long.MaxValue).ToArray())
        {
            if (_removed.Contains(segment))
            {
                break;
            }

            if (!_recovered.Contains(segment))
            {
                Recover(segment);
            }
        }

        return _segments;
    }

    /// <summary>The offset behind the last batch. What does not end there in order is recovered first.</summary>
    public long NextOffset()
    {
        if (_segments.Active.TryReadNextOffset() is { } next)
        {
            return next;
        }

        Recover(_segments.Active);
        var recovered = _segments.Active.TryReadNextOffset();
        Invariant.Require(recovered is not null);
        return recovered.Value;
    }

    private long FirstOffset => _segments.Count == 0 ? 0 : _segments.First.BaseOffset;

    private void Recover(LogSegment segment)
    {
        producers.TruncateAndReload(logStartOffset, segment.BaseOffset, nowMs);
        ProducerReplay.Run(producers, _segments, logStartOffset, segment.BaseOffset);
        producers.AdvanceTo(segment.BaseOffset);
        var cut = segment.Recover(producers, epochs, config);
        producers.TakeSnapshot();
        _recovered.Add(segment);
        if (cut == 0)
        {
            return;
        }

        var behind = _segments.All.ToArray().Where(other => other.BaseOffset > segment.BaseOffset).ToList();
        logger.LogWarning(
            "[LogLoader partition={Partition}] Corruption found in segment {BaseOffset}: {Bytes} bytes cut off, {Count} later segments removed",
            partition, segment.BaseOffset, cut, behind.Count);
        _removed.AddRange(behind);
        _segments = _segments.Without(behind);
    }
}
