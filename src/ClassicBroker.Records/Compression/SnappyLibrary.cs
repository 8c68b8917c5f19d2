using System.Runtime.InteropServices;

namespace ClassicBroker.Records;

/// <summary>libsnappy, where it is installed. A fresh Debian does not have it; <see cref="SnappyBlock"/> then does its work.</summary>
internal sealed unsafe class SnappyLibrary
{
    private const int Ok = 0;

    private static readonly Lazy<SnappyLibrary?> Lazy = new(
        () => NativeLibrary.TryLoad("libsnappy.so.1", out var handle) ? new SnappyLibrary(handle) : null,
        LazyThreadSafetyMode.PublicationOnly);

    private readonly delegate* unmanaged<byte*, nuint, byte*, nuint*, int> _compress;
    private readonly delegate* unmanaged<byte*, nuint, byte*, nuint*, int> _decompress;

    private SnappyLibrary(nint handle)
    {
        _compress = (delegate* unmanaged<byte*, nuint, byte*, nuint*, int>)NativeLibrary.GetExport(handle, "snappy_compress");
        _decompress = (delegate* unmanaged<byte*, nuint, byte*, nuint*, int>)NativeLibrary.GetExport(handle, "snappy_uncompress");
    }

    /// <summary>Null where libsnappy is not installed.</summary>
    public static SnappyLibrary? Instance => Lazy.Value;

    /// <summary>Bytes written to <paramref name="destination"/>, which has <see cref="SnappyBlock.CompressedSizeMax"/> of them.</summary>
    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var size = (nuint)destination.Length;
        fixed (byte* from = source, to = destination)
        {
            return _compress(from, (nuint)source.Length, to, &size) == Ok
                ? (int)size
                : throw new InvalidOperationException("libsnappy refused a block that has room enough.");
        }
    }

    /// <summary>True where <paramref name="source"/> is a block of exactly the destination's length.</summary>
    public bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var size = (nuint)destination.Length;
        fixed (byte* from = source, to = destination)
        {
            return _decompress(from, (nuint)source.Length, to, &size) == Ok && (int)size == destination.Length;
        }
    }
}
