namespace ClassicBroker.Records;

/// <summary>Reads zstd frames, one after the other.</summary>
internal sealed class ZstdDecompressor : Decompressor
{
    /// <summary>A context that a frame with a large window has blown up is not kept.</summary>
    private const int KeptSizeMax = 4 * 1024 * 1024;

    private readonly ZstdLibrary _library = ZstdLibrary.Instance;
    private ZstdContext? _context = ZstdContextPool.Decompressors.Rent();
    private int _position;
    private bool _isInFrame = true;

    public override int Read(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_context is null, this);
        while (_isInFrame || _position < source.Length)
        {
            var result = _library.Decompress(_context.Pointer, source[_position..], destination, out var consumed, out var produced);
            if (_library.IsError(result))
            {
                throw new CorruptRecordException($"A zstd stream is malformed: {_library.ErrorName(result)}.");
            }

            _position += consumed;
            _isInFrame = result != 0;
            if (produced > 0)
            {
                return produced;
            }

            if (consumed == 0)
            {
                throw new CorruptRecordException("A zstd stream is cut off.");
            }
        }

        return 0;
    }

    public override void Dispose()
    {
        if (_context is not { } context)
        {
            return;
        }

        _context = null;
        if (_library.SizeOfDecompressor(context.Pointer) > KeptSizeMax)
        {
            context.Dispose();
            return;
        }

        _library.ResetDecompressor(context.Pointer);
        ZstdContextPool.Decompressors.Return(context);
    }
}
