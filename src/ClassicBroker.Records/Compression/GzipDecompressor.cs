using System.IO.Compression;

namespace ClassicBroker.Records;

/// <summary>Reads RFC 1952 members with the runtime's zlib.</summary>
internal sealed class GzipDecompressor : Decompressor
{
    private readonly PinnedStream _input = new();
    private readonly GZipStream _gzip;

    public GzipDecompressor() => _gzip = new GZipStream(_input, CompressionMode.Decompress);

    public override unsafe int Read(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (source.IsEmpty)
        {
            // The runtime takes no bytes at all for a proper end.
            throw new CorruptRecordException("A gzip stream is cut off.");
        }

        fixed (byte* pointer = source)
        {
            _input.Attach(pointer, source.Length);
            try
            {
                return _gzip.Read(destination);
            }
            catch (InvalidDataException failure)
            {
                throw new CorruptRecordException("A gzip stream is malformed or cut off.", failure);
            }
            finally
            {
                _input.Detach();
            }
        }
    }

    public override void Dispose() => _gzip.Dispose();
}
