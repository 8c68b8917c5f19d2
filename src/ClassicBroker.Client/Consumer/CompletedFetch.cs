using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Consumer;

/// <summary>
/// Batches fetched from one partition, on their way through the buffer. Threading: made on the client's loop, then the poller's alone.
/// </summary>
internal sealed class CompletedFetch(
    AssignedPartition partition,
    int generation,
    long fetchOffset,
    ReadOnlyMemory<byte> records,
    FetchResponse.AbortedTransaction[] aborted,
    IDisposable memory) : IDisposable
{
    private bool _isDisposed;

    public AssignedPartition Partition { get; } = partition;

    public int Generation { get; } = generation;

    /// <summary>The offset that was asked for; records before it are in the first batch and were not.</summary>
    public long FetchOffset { get; } = fetchOffset;

    public ReadOnlyMemory<byte> Records { get; } = records;

    /// <summary>Aborted transactions that overlap the records, by their first offsets.</summary>
    public FetchResponse.AbortedTransaction[] Aborted { get; } = aborted;

    /// <summary>
    /// A partition that is paused keeps what it was sent for later. What was fetched and cannot be handed out any more is not kept.
    /// </summary>
    public bool IsHeld => Partition.IsPaused && !Partition.IsGone;

    /// <summary>The rest of the fetch, from an offset on; it takes the memory over.</summary>
    public CompletedFetch From(long offset)
    {
        _isDisposed = true;
        return new CompletedFetch(Partition, Generation, offset, Records, Aborted, memory);
    }

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            memory.Dispose();
        }
    }
}
