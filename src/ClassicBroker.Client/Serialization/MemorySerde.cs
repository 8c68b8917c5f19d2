using System.Buffers;

namespace ClassicBroker.Client;

/// <summary>Bytes as they are; never null. Stateless.</summary>
public sealed class MemorySerde
    : ISerializer<ReadOnlyMemory<byte>>, IDeserializer<ReadOnlyMemory<byte>>, IMemorySerializer<ReadOnlyMemory<byte>>
{
    /// <inheritdoc/>
    public bool Serialize(ReadOnlyMemory<byte> value, IBufferWriter<byte> destination)
    {
        destination.Write(value.Span);
        return true;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Deserialize(ReadOnlySpan<byte> data, bool isNull) => data.ToArray();

    ReadOnlySpan<byte> IMemorySerializer<ReadOnlyMemory<byte>>.AsSpan(ReadOnlyMemory<byte> value, out bool isNull)
    {
        isNull = false;
        return value.Span;
    }
}
