using ClassicBroker.Metadata;

namespace ClassicBroker.Server.Producers;

/// <summary>
/// Hands out producer ids from the present block and fetches the next when it is used up. Owned by the broker. Threading: any; those who
/// find the block empty wait for one and the same fetch.
/// </summary>
public sealed class ProducerIds(IProducerIdBlocks blocks)
{
    private readonly Lock _lock = new();
    private long _next;
    private long _last = -1;
    private Task<ProducerIdBlock?>? _fetch;

    /// <summary>An id that was never given out before; null where no block is to be had now and the producer must ask again.</summary>
    public async ValueTask<long?> NextAsync()
    {
        while (true)
        {
            Task<ProducerIdBlock?> fetch;
            lock (_lock)
            {
                if (_next <= _last)
                {
                    return _next++;
                }

                fetch = _fetch ??= blocks.AllocateAsync();
            }

            if (await EndAsync(fetch) is null)
            {
                return null;
            }
        }
    }

    /// <summary>Takes the block over, once for all who waited for it. A fetch that failed makes room for the next.</summary>
    private async Task<ProducerIdBlock?> EndAsync(Task<ProducerIdBlock?> fetch)
    {
        ProducerIdBlock? block = null;
        try
        {
            return block = await fetch;
        }
        finally
        {
            lock (_lock)
            {
                if (_fetch == fetch)
                {
                    _fetch = null;
                    (_next, _last) = block is null ? (0, -1) : (block.FirstId, block.LastId);
                }
            }
        }
    }
}
