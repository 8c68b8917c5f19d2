using ClassicBroker.Platform;

namespace ClassicBroker.ZooKeeper.Server.Persistence;

/// <summary>Reads a file front to back through a buffer. Threading: one thread at a time.</summary>
internal sealed class SequentialFileReader(IBlockFile file, long position)
{
    private const int BufferSize = 64 * 1024;
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;

    /// <summary>Where the next byte comes from.</summary>
    public long Position { get; private set; } = position;

    /// <summary>Fills <paramref name="destination"/>; false where the file ends before.</summary>
    public bool TryRead(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            if (_start == _end)
            {
                _start = 0;
                _end = file.Read(_buffer, Position);
                if (_end == 0)
                {
                    return false;
                }
            }

            var count = Math.Min(destination.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(destination);
            destination = destination[count..];
            _start += count;
            Position += count;
        }

        return true;
    }
}
