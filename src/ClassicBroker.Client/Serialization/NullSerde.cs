using System.Buffers;

namespace ClassicBroker.Client;

/// <summary>No bytes, whatever the value. Stateless.</summary>
public sealed class NullSerde : ISerializer<object?>, IDeserializer<object?>
{
    /// <inheritdoc/>
    public bool Serialize(object? value, IBufferWriter<byte> destination) => false;

    /// <inheritdoc/>
    public object? Deserialize(ReadOnlySpan<byte> data, bool isNull) => null;
}
