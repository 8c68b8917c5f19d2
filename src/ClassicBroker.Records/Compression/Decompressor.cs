namespace ClassicBroker.Records;

/// <summary>
/// Decompresses one stream piece by piece into memory its caller provides, so that the caller decides how much that may be.
/// Threading: one owner, who disposes it.
/// </summary>
internal abstract class Decompressor : IDisposable
{
    /// <summary>Fills some of <paramref name="destination"/>; 0 only at the proper end of the stream.</summary>
    /// <param name="source">The whole compressed stream, the same bytes at each call.</param>
    /// <param name="destination">Not empty.</param>
    /// <exception cref="CorruptRecordException">The stream is malformed or cut off.</exception>
    public abstract int Read(ReadOnlySpan<byte> source, Span<byte> destination);

    public abstract void Dispose();
}
