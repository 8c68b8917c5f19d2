using System.Buffers;

namespace ClassicBroker.Client;

/// <summary>The common part of serializers whose values all take the same number of bytes. Stateless.</summary>
public abstract class FixedSizeSerde<T>(int size) : ISerializer<T>, IDeserializer<T>
    where T : struct
{
    /// <inheritdoc/>
    public bool Serialize(T value, IBufferWriter<byte> destination)
    {
        Write(destination.GetSpan(size), value);
        destination.Advance(size);
        return true;
    }

    /// <inheritdoc/>
    /// <exception cref="KafkaException">The data has another size.</exception>
    public T Deserialize(ReadOnlySpan<byte> data, bool isNull)
    {
        if (isNull || data.Length != size)
        {
            var found = isNull ? "null" : $"{data.Length} bytes";
            throw new KafkaException($"{size} bytes are a {typeof(T).Name}, but the record holds {found}");
        }

        return Read(data);
    }

    private protected abstract void Write(Span<byte> destination, T value);

    private protected abstract T Read(ReadOnlySpan<byte> data);
}
