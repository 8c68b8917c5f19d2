using ClassicBroker.Platform;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>Reads batches of a segment file one by one, headers first, so that files of any size can be dumped. Used by one tool.</summary>
internal sealed class SegmentBytes(IBlockFile file) : IDisposable
{
    private readonly byte[] _header = new byte[RecordFormat.MaxHeaderSize];

    public long Length { get; } = file.Length;

    /// <summary>The header of the batch at a position; false where the file ends before the whole batch does.</summary>
    /// <exception cref="CorruptRecordException">What lies there is no batch.</exception>
    public bool TryReadHeader(long position, out BatchHeader header)
    {
        var read = file.Read(_header, position);
        return BatchHeader.TryRead(_header.AsSpan(0, read), position, out header) && header.SizeInBytes <= Length - position;
    }

    /// <summary>All bytes of a batch.</summary>
    public byte[] Read(in BatchHeader header)
    {
        var bytes = new byte[header.SizeInBytes];
        file.Read(bytes, header.Position);
        return bytes;
    }

    public void Dispose() => file.Dispose();
}
