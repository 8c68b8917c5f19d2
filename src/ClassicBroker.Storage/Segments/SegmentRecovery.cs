using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>
/// One pass over a segment whose content is not trusted: how far it is good, with its batches taken into indexes, epochs and producer
/// state.
/// Threading: the loop that loads the log.
/// </summary>
internal sealed class SegmentRecovery(LogSegment segment, long endOffset, ProducerState producers, LeaderEpochCache epochs)
{
    private long _lastOffset = segment.BaseOffset - 1;
    private int _lastIndexEntry;

    /// <summary>Where the good batches end.</summary>
    public int Run()
    {
        var valid = 0;
        var scanner = segment.ScanFrom(0, BatchScanner.FileWindow);
        try
        {
            while (scanner.MoveNext() && IsNext(scanner.Current) && scanner.IsCurrentIntact())
            {
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
        && segment.CanHold(batch.LastOffset);

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
