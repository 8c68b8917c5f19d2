using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>
/// One pass over a segment whose content is not trusted: how far it is good, with its batches taken into indexes, epochs and producer
/// state.
/// Threading: the loop that loads the log.
/// </summary>
/// <param name="segment">The segment.</param>
/// <param name="endOffset">Where the next segment begins.</param>
/// <param name="maySplit">
/// Whether offsets out of the segment's range may be true. No checksum covers them: at the end of a log a crash is the likelier cause.
/// </param>
/// <param name="producers">Takes what producers did.</param>
/// <param name="epochs">Takes the leader epochs.</param>
internal sealed class SegmentRecovery(
    LogSegment segment, long endOffset, bool maySplit, ProducerState producers, LeaderEpochCache epochs)
{
    private long _lastOffset = segment.BaseOffset - 1;
    private int _lastIndexEntry;

    /// <summary>Where the good batches end.</summary>
    /// <exception cref="SegmentOverflowException">A good batch is too far from the segment's base.</exception>
    public int Run()
    {
        var valid = 0;
        var scanner = segment.ScanFrom(0, BatchScanner.FileWindow);
        try
        {
            while (scanner.MoveNext() && IsNext(scanner.Current) && scanner.IsCurrentIntact())
            {
                if (!segment.CanHold(scanner.Current.LastOffset))
                {
                    throw new SegmentOverflowException(segment.BaseOffset);
                }

                Take(scanner.Current, scanner.Current.IsControl ? scanner.ReadCurrent() : []);
                valid = scanner.Position;
            }
        }
        catch (RecordsException)
        {
            // The first batch that is none ends the log, whatever is wrong with it.
        }
        finally
        {
            scanner.Dispose();
        }

        return valid;
    }

    private bool IsNext(in BatchHeader batch) =>
        batch.LastOffset > _lastOffset
        && batch.LastOffset >= batch.BaseOffset
        && (batch.Magic < RecordFormat.MagicV2 || batch.BaseOffset > _lastOffset)
        && batch.LastOffset < endOffset
        && (maySplit || segment.CanHold(batch.LastOffset));

    private void Take(in BatchHeader batch, ReadOnlySpan<byte> controlBytes)
    {
        segment.IndexRecovered(batch, ref _lastIndexEntry);
        if (batch.Magic >= RecordFormat.MagicV2)
        {
            var epoch = new LeaderEpoch(batch.PartitionLeaderEpoch);
            if (epoch.IsKnown && epoch > epochs.LatestEpoch)
            {
                epochs.Assign(epoch, batch.BaseOffset);
            }

            ProducerReplay.Take(producers, segment, batch, controlBytes);
        }

        _lastOffset = batch.LastOffset;
    }
}
