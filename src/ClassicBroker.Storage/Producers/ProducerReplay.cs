using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>Brings producer state up to date from batches that are in the log already.</summary>
internal static class ProducerReplay
{
    /// <summary>Takes one batch into account, and notes in the segment's transaction index the abort it may be.</summary>
    /// <param name="controlBytes">The whole batch where it is a control batch.</param>
    public static void Take(ProducerState producers, LogSegment segment, in BatchHeader batch, ReadOnlySpan<byte> controlBytes)
    {
        if (TakeProducer(producers, batch, controlBytes) is { IsAborted: true } aborted)
        {
            segment.AppendAborted(
                new(aborted.Transaction.ProducerId, aborted.Transaction.FirstOffset, aborted.Transaction.LastOffset,
                    aborted.LastStableOffset));
        }

        producers.AdvanceTo(batch.NextOffset);
    }

    /// <summary>
    /// Replays the segments from where the state ends to <paramref name="endOffset"/>; their transaction indexes are complete.
    /// </summary>
    public static void Run(ProducerState producers, SegmentList segments, long logStartOffset, long endOffset)
    {
        foreach (var segment in segments.Covering(producers.MapEndOffset, endOffset))
        {
            var start = Math.Max(Math.Max(segment.BaseOffset, producers.MapEndOffset), logStartOffset);
            producers.AdvanceTo(start);
            if (segments.IsAmongLastTwo(segment))
            {
                producers.TakeSnapshot();
            }

            if (segment.FindBatch(start) is { } first)
            {
                RunSegment(producers, segment, (int)first.Position, endOffset);
            }
        }
    }

    private static void RunSegment(ProducerState producers, LogSegment segment, int position, long endOffset)
    {
        using var scanner = segment.ScanFrom(position, BatchScanner.FileWindow);
        while (scanner.MoveNext() && scanner.Current.BaseOffset < endOffset)
        {
            TakeProducer(producers, scanner.Current, scanner.Current.IsControl ? scanner.ReadCurrent() : []);
            producers.AdvanceTo(scanner.Current.NextOffset);
        }
    }

    private static EndedTransaction? TakeProducer(ProducerState producers, in BatchHeader batch, ReadOnlySpan<byte> controlBytes)
    {
        if (!batch.HasProducerId)
        {
            return null;
        }

        var marker = batch.IsControl ? TransactionMarkers.Find(batch, controlBytes) : null;
        if (producers.Update(batch, marker, new LogOffset(batch.BaseOffset)) is not { } completed)
        {
            return null;
        }

        var lastStableOffset = producers.LastStableOffsetAfter(completed);
        producers.Complete(completed);
        return new(completed, lastStableOffset);
    }

    private readonly record struct EndedTransaction(CompletedTransaction Transaction, long LastStableOffset)
    {
        public bool IsAborted => Transaction.IsAborted;
    }
}
