using System.Buffers.Binary;

namespace ClassicBroker.Client;

/// <summary>Eight bytes of IEEE 754, big-endian. Stateless.</summary>
public sealed class DoubleSerde() : FixedSizeSerde<double>(sizeof(double))
{
    private protected override void Write(Span<byte> destination, double value) =>
        BinaryPrimitives.WriteDoubleBigEndian(destination, value);

    private protected override double Read(ReadOnlySpan<byte> data) => BinaryPrimitives.ReadDoubleBigEndian(data);
}
