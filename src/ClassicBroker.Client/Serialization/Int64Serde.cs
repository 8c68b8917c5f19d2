using System.Buffers.Binary;

namespace ClassicBroker.Client;

/// <summary>Eight bytes, big-endian. Stateless.</summary>
public sealed class Int64Serde() : FixedSizeSerde<long>(sizeof(long))
{
    private protected override void Write(Span<byte> destination, long value) =>
        BinaryPrimitives.WriteInt64BigEndian(destination, value);

    private protected override long Read(ReadOnlySpan<byte> data) => BinaryPrimitives.ReadInt64BigEndian(data);
}
