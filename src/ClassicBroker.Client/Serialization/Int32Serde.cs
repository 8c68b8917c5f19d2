using System.Buffers.Binary;

namespace ClassicBroker.Client;

/// <summary>Four bytes, big-endian. Stateless.</summary>
public sealed class Int32Serde() : FixedSizeSerde<int>(sizeof(int))
{
    private protected override void Write(Span<byte> destination, int value) =>
        BinaryPrimitives.WriteInt32BigEndian(destination, value);

    private protected override int Read(ReadOnlySpan<byte> data) => BinaryPrimitives.ReadInt32BigEndian(data);
}
