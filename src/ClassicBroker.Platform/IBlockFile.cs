namespace ClassicBroker.Platform;

/// <summary>
/// An open file, read and written at positions; it has no cursor. Reads may run beside each other and beside one writer. Members
/// throw <see cref="StorageException"/> and nothing else when the operating system refuses.
/// </summary>
public interface IBlockFile : IDisposable
{
    string Path { get; }

    /// <summary>Current length in bytes, asked of the operating system.</summary>
    long Length { get; }

    /// <summary>Reads until <paramref name="destination"/> is full or the file ends; returns the bytes read.</summary>
    int Read(Span<byte> destination, long position);

    /// <summary>Writes all of <paramref name="source"/>. After a failure the file may hold any part of it.</summary>
    void Write(ReadOnlySpan<byte> source, long position);

    /// <summary>Cuts or extends (with zeros) to <paramref name="length"/>.</summary>
    void SetLength(long length);

    /// <summary>
    /// Reserves room up to <paramref name="length"/>, so that later writes there cannot find the disk full; extends with zeros.
    /// </summary>
    void Preallocate(long length);

    /// <summary>
    /// Makes content and length durable. A failure is final: the pages that failed may read as clean afterwards, so the caller must
    /// never ask again on this file and must not trust what it wrote since the last success.
    /// </summary>
    void Sync();

    /// <summary>
    /// Keeps the file open, though disposed by its owner, until a matching <see cref="Release"/>: a region of it is on its way out.
    /// </summary>
    /// <returns>False where the file is closed already.</returns>
    bool TryRetain();

    void Release();
}
