namespace ClassicBroker.Client.Producer;

/// <summary>A few scratch buffers to take turns with, without a lock and without allocating. Safe from any thread.</summary>
internal sealed class ScratchPool
{
    private const int Slots = 16;

    private readonly ScratchBuffer?[] _slots = new ScratchBuffer?[Slots];

    private static int Slot => Environment.CurrentManagedThreadId % Slots;

    public ScratchBuffer Take() => Interlocked.Exchange(ref _slots[Slot], null) ?? new ScratchBuffer();

    public void Return(ScratchBuffer buffer)
    {
        if (buffer.IsWorthKeeping)
        {
            buffer.Clear();
            Volatile.Write(ref _slots[Slot], buffer);
        }
    }
}
