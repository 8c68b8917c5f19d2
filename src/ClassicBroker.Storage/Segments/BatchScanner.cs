using System.Buffers;
using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>
/// Walks the batches of a segment in file order through one buffer, by header and on demand by content. Its owner disposes it.
/// Threading: one thread.
/// </summary>
internal struct BatchScanner : IDisposable
{
    /// <summary>For walks that look at a few headers.</summary>
    public const int HeaderWindow = 1024;

    /// <summary>For walks over a whole file.</summary>
    public const int FileWindow = 256 * 1024;

    private readonly SegmentFile _file;
    private readonly int _end;
    private byte[] _buffer;
    private int _bufferStart;
    private int _buffered;

    /// <param name="start">Where the first batch begins.</param>
    /// <param name="end">Batches that begin at or behind it are not looked at.</param>
    /// <param name="window">Bytes read at a time.</param>
    public BatchScanner(SegmentFile file, int start, int end, int window)
    {
        _file = file;
        _end = Math.Min(end, file.Size);
        _buffer = ArrayPool<byte>.Shared.Rent(window);
        _bufferStart = start;
        Position = start;
    }

    public BatchHeader Current { get; private set; }

    /// <summary>Where the next batch begins; at the end, where whole batches end.</summary>
    public int Position { get; private set; }

    /// <summary>Goes to the next batch. False at the end, and before a batch that the file does not hold whole.</summary>
    /// <exception cref="CorruptRecordException">What comes next cannot be a batch.</exception>
    public bool MoveNext()
    {
        if (Position >= _end)
        {
            return false;
        }

        if (!BatchHeader.TryRead(Peek(Position, RecordFormat.MaxHeaderSize), Position, out var header)
            || header.SizeInBytes > _file.Size - Position)
        {
            return false;
        }

        Current = header;
        Position += header.SizeInBytes;
        return true;
    }

    /// <summary>All bytes of the current batch; valid until the next call.</summary>
    public ReadOnlySpan<byte> ReadCurrent() => Peek((int)Current.Position, Current.SizeInBytes)[..Current.SizeInBytes];

    /// <summary>Does the checksum of the current batch hold? A batch larger than the window is read through it piece by piece.</summary>
    public bool IsCurrentIntact()
    {
        if (Current.Magic != RecordFormat.MagicV2 || Current.SizeInBytes <= _buffer.Length)
        {
            return BatchChecksum.IsValid(ReadCurrent());
        }

        var start = (int)Current.Position;
        var stored = new RecordBatchHeader(Peek(start, RecordBatchHeader.Size)).Crc;
        var (crc, at) = (0u, start + RecordBatchHeader.AttributesOffset);
        while (at < start + Current.SizeInBytes)
        {
            var piece = Peek(at, 1);
            piece = piece[..Math.Min(piece.Length, start + Current.SizeInBytes - at)];
            crc = Primitives.Crc32C.Append(crc, piece);
            at += piece.Length;
        }

        return crc == stored;
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// What the file holds from <paramref name="position"/> on: at least <paramref name="count"/> bytes unless it ends before.
    /// </summary>
    private ReadOnlySpan<byte> Peek(int position, int count)
    {
        if (position >= _bufferStart && position + count <= _bufferStart + _buffered)
        {
            return _buffer.AsSpan(position - _bufferStart, _bufferStart + _buffered - position);
        }

        if (count > _buffer.Length)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(count);
        }

        _bufferStart = position;
        _buffered = _file.Read(_buffer, position);
        return _buffer.AsSpan(0, _buffered);
    }
}
