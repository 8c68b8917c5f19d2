namespace ClassicBroker.Client.Consumer;

/// <summary>
/// The memory of one answer, shared by the partitions in it: given back when the last of them is done with. Safe from any thread.
/// </summary>
internal sealed class SharedMemory(IDisposable? memory, int shares) : IDisposable
{
    private int _shares = shares;

    /// <summary>Gives up one share.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _shares) == 0)
        {
            memory?.Dispose();
        }
    }
}
