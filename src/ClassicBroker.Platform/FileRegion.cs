using ClassicBroker.Primitives;

namespace ClassicBroker.Platform;

/// <summary>
/// A stretch of a file on its way to a socket. The transport sends it by <c>sendfile</c> where file and channel allow, and reads it
/// otherwise. The file is retained from construction by its maker until the transport, or the code that drops the region, releases it.
/// </summary>
public sealed class FileRegion(IBlockFile file, long position, int length) : IPayload
{
    public IBlockFile File { get; } = file;

    public long Position { get; } = position;

    public int Length { get; } = length;
}
