using System.Buffers;

namespace ClassicBroker.Client;

/// <summary>Bytes as they are; null stays null. Stateless.</summary>
public sealed class ByteArraySerde : ISerializer<byte[]?>, IDeserializer<byte[]?>, IMemorySerializer<byte[]?>
{
    /// <inheritdoc/>
    public bool Serialize(byte[]? value, IBufferWriter<byte> destination)
    {
        if (value is null)
        {
            return false;
        }

        destination.Write(value);
        return true;
    }

    /// <inheritdoc/>
    public byte[]? Deserialize(ReadOnlySpan<byte> data, bool isNull) => isNull ? null : data.ToArray();

    ReadOnlySpan<byte> IMemorySerializer<byte[]?>.AsSpan(byte[]? value, out bool isNull)
    {
        isNull = value is null;
        return value;
    }
}
