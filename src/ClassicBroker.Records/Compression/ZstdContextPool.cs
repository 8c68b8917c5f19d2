namespace ClassicBroker.Records;

/// <summary>
/// Keeps a few idle zstd contexts, because making one costs more than most batches. Like the array pool it is shared by the process and
/// no result depends on it.
/// Threading: any thread; a context taken out belongs to its taker.
/// </summary>
internal sealed class ZstdContextPool(Func<ZstdContext> create)
{
    private const int Slots = 8;

    public static readonly ZstdContextPool Compressors = new(ZstdContext.NewCompressor);
    public static readonly ZstdContextPool Decompressors = new(ZstdContext.NewDecompressor);

    private readonly ZstdContext?[] _idle = new ZstdContext?[Slots];

    public ZstdContext Rent()
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (Interlocked.Exchange(ref _idle[i], null) is { } context)
            {
                return context;
            }
        }

        return create();
    }

    public void Return(ZstdContext context)
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (Interlocked.CompareExchange(ref _idle[i], context, null) is null)
            {
                return;
            }
        }

        context.Dispose();
    }
}
