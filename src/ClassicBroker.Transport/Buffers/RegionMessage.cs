using System.Buffers;
using ClassicBroker.Platform;
using DotNetty.Common;
using DotNetty.Common.Utilities;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>
/// A <see cref="FileRegion"/> as a message of the pipeline, partly sent perhaps. The last release gives back the hold on the file.
/// Threading: its channel's loop.
/// </summary>
public sealed class RegionMessage(FileRegion region) : AbstractReferenceCounted, IFileRegion
{
    private const int PieceBytes = 64 * 1024;

    public FileRegion Region { get; } = region;

    public long Position => Region.Position;

    public long Count => Region.Length;

    public long Transferred { get; private set; }

    /// <summary>Bytes not sent yet.</summary>
    public int Left => (int)(Count - Transferred);

    public override IReferenceCounted Touch(object hint) => this;

    /// <summary>Writes a piece of the region, from <paramref name="position"/> within it, and returns its length.</summary>
    /// <exception cref="StorageException">The file ends before the region does.</exception>
    public long TransferTo(Stream target, long position)
    {
        var piece = (int)Math.Min(PieceBytes, Count - position);
        var scratch = ArrayPool<byte>.Shared.Rent(piece);
        Read(scratch.AsSpan(0, piece), position);
        target.Write(scratch, 0, piece);
        ArrayPool<byte>.Shared.Return(scratch);
        Transferred = position + piece;
        return piece;
    }

    /// <summary>Fills a piece of memory from <paramref name="position"/> within the region.</summary>
    /// <exception cref="StorageException">The file ends before the region does.</exception>
    public void Read(Span<byte> destination, long position)
    {
        if (Region.File.Read(destination, Position + position) < destination.Length)
        {
            throw new StorageException("read", Region.File.Path, 0, "the file ends before the region that was promised to a peer");
        }
    }

    internal void Advance(long sent) => Transferred += sent;

    protected override void Deallocate() => Region.File.Release();
}
