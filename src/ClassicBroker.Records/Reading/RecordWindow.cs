using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>
/// The piece of a compressed record section that is decompressed at the moment. It grows only as far as data has really come, so that a
/// length that lies costs nothing. Owned by one <see cref="RecordReader"/>.
/// Threading: that reader's thread.
/// </summary>
internal sealed class RecordWindow(CompressionCodec codec, int decompressedBytesMax) : IDisposable
{
    private const int InitialCapacity = 96 * 1024;

    /// <summary>Room asked for at each refill: a block of lz4, so that blocks are decoded in place.</summary>
    private const int RefillSize = 64 * 1024;

    private readonly Decompressor _decompressor = Codecs.OpenDecompressor(codec, RecordFormat.MagicV2, decompressedBytesMax);
    private readonly PooledBuffer _buffer = new(InitialCapacity);
    private int _position;
    private long _total;

    /// <summary>The next record behind its length, valid until the next call.</summary>
    /// <param name="source">The compressed section, the same at each call.</param>
    public ReadOnlySpan<byte> TakeRecord(ReadOnlySpan<byte> source)
    {
        while (true)
        {
            var unread = _buffer.Span[_position..];
            if (Varint.TryRead(unread, out int length, out var prefix))
            {
                if (length < 0)
                {
                    throw new InvalidRecordException($"Found invalid record size {length}.");
                }

                if (length <= unread.Length - prefix)
                {
                    _position += prefix + length;
                    return unread.Slice(prefix, length);
                }
            }
            else if (unread.Length >= Varint.MaxInt32Length)
            {
                throw new InvalidRecordException("The length of a record is longer than 5 bytes.");
            }

            if (!Refill(source))
            {
                throw new InvalidRecordException("Incorrect declared batch size, premature EOF reached.");
            }
        }
    }

    /// <summary>Is everything consumed? Reads on to find out, which also checks the end of the stream.</summary>
    public bool IsAtEnd(ReadOnlySpan<byte> source) => _position == _buffer.Length && !Refill(source);

    public void Dispose()
    {
        _decompressor.Dispose();
        _buffer.Dispose();
    }

    private bool Refill(ReadOnlySpan<byte> source)
    {
        var unread = _buffer.Span[_position..];
        unread.CopyTo(_buffer.Span);
        _buffer.Truncate(unread.Length);
        _position = 0;
        var count = _decompressor.Read(source, _buffer.GetSpan(RefillSize));
        _buffer.Advance(count);
        _total += count;
        if (_total > decompressedBytesMax)
        {
            throw new DecompressionLimitException(decompressedBytesMax);
        }

        return count > 0;
    }
}
